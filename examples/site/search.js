// The site's search: reads the pages themselves and counts words, in the browser alone. The address carries the question: search.html?q=seal

const field = document.getElementById('q');
const count = document.getElementById('count');
const results = document.getElementById('results');

const words = text => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

async function load(address) {
  const response = await fetch(address);
  return new DOMParser().parseFromString(await response.text(), 'text/html');
}
function toPage(url, parsed) {
  const main = parsed.querySelector('main');
  main.querySelectorAll('svg, script').forEach(each => each.remove());
  const lines = [...main.querySelectorAll('h1, h2, h3, p, li, td, dt, dd')].filter(each => !each.querySelector('p, li'));
  return {url, title: parsed.querySelector('h1').textContent, text: lines.map(each => each.textContent.trim()).join(' ').replace(/\s+/g, ' ')};
}
// The pages of the menu, and those that the shop leads to.
async function readPages() {
  const menu = [...document.querySelectorAll('.top nav a')].map(link => link.getAttribute('href'));
  const parsed = await Promise.all(menu.map(load));
  const shop = parsed[menu.indexOf('catalogue.html')];
  const items = [...shop.querySelectorAll('#goods a')].map(link => link.getAttribute('href'));
  const more = await Promise.all(items.map(load));
  return [...menu, ...items].map((url, index) => toPage(url, [...parsed, ...more][index]));
}
let pages = null;

function rank(page, wanted) {
  const title = words(page.title), text = words(page.text);
  let points = 0;
  for (const word of wanted) {
    const inTitle = title.filter(each => each.startsWith(word)).length;
    const inText = text.filter(each => each.startsWith(word)).length;
    if (inTitle + inText === 0) return 0;
    points += 10 * inTitle + Math.min(inText, 5);
  }
  return points;
}

// The words around the first match, with the match marked.
function excerpt(text, word) {
  const at = text.toLowerCase().search(new RegExp(`(?<![\\p{L}\\p{N}])${word}`, 'u'));
  const paragraph = document.createElement('p');
  if (at < 0) {
    paragraph.textContent = text.slice(0, 140) + '…';
    return paragraph;
  }
  const start = Math.max(0, text.lastIndexOf(' ', Math.max(0, at - 60)));
  const mark = document.createElement('mark');
  mark.textContent = text.slice(at, at + word.length);
  paragraph.append((start > 0 ? '…' : '') + text.slice(start, at), mark, text.slice(at + word.length, at + 110) + '…');
  return paragraph;
}

function card(page, word) {
  const item = document.createElement('li');
  item.className = 'card';
  const heading = document.createElement('h3');
  const link = document.createElement('a');
  link.href = page.url;
  link.textContent = page.title;
  heading.append(link);
  item.append(heading, excerpt(page.text, word));
  return item;
}

async function show(question) {
  const wanted = words(question);
  field.value = question;
  results.replaceChildren();
  if (wanted.length === 0) {
    count.textContent = 'Type a word to begin';
    return;
  }
  count.textContent = 'Searching…';
  pages ??= readPages();
  const found = (await pages).map(page => ({page, points: rank(page, wanted)}))
                    .filter(each => each.points > 0)
                    .sort((left, right) => right.points - left.points);
  count.textContent = `${found.length === 0 ? 'No page' : found.length === 1 ? '1 page' : found.length + ' pages'} for “${question}”`;
  results.append(...found.map(each => card(each.page, wanted[0])));
}

document.getElementById('search').addEventListener('submit', event => {
  event.preventDefault();
  history.pushState({}, '', '?q=' + encodeURIComponent(field.value));
  show(field.value);
});
addEventListener('popstate', () => show(new URLSearchParams(location.search).get('q') ?? ''));
show(new URLSearchParams(location.search).get('q') ?? '');
