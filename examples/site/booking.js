// The booking form: checked and confirmed in the browser; nothing is sent anywhere.
const form = document.getElementById('booking');
const confirmation = document.getElementById('confirmation');
const kAdult = 14, kChild = 7;

const rules = {
  name: field => field.value.trim() ? '' : 'Please give your name.',
  email: field => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(field.value.trim()) ? '' : 'Please give an e-mail address such as name@example.org.',
  date: field => {
    if (!field.value) return 'Please choose a day.';
    const month = Number(field.value.slice(5, 7));
    return month >= 4 && month <= 10 ? '' : 'The rock is open from April to October only.';
  },
  boat: field => field.value ? '' : 'Please choose a boat.',
  adults: field => Number(field.value) + Number(form.elements.children.value) > 0 ? '' : 'Please book at least one ticket.',
  rules: field => field.checked ? '' : 'Please confirm that you have read this.',
};

function complain(field, message) {
  const id = field.id + '-error';
  document.getElementById(id)?.remove();
  field.toggleAttribute('aria-describedby', false);
  field.setAttribute('aria-invalid', String(message !== ''));
  if (!message) return;
  const note = document.createElement('p');
  note.id = id;
  note.className = 'error';
  note.textContent = message;
  field.setAttribute('aria-describedby', id);
  (field.closest('label.check') ?? field).after(note);
}

// The same answers give the same number: six signs from a checksum of them (FNV-1a).
function confirmationNumber(answers) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(answers.join('|'))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return 'SL-' + hash.toString(36).toUpperCase().padStart(7, '0').slice(-6);
}

function confirm(data) {
  const adults = Number(data.get('adults')), children = Number(data.get('children'));
  const total = adults * kAdult + children * kChild;
  const answers = ['name', 'email', 'date', 'boat', 'adults', 'children', 'item'].map(name => data.get(name).trim());
  const box = document.createElement('div');
  box.className = 'done';
  const heading = document.createElement('h2');
  heading.textContent = `Thank you, ${data.get('name').trim()}`;
  heading.style.marginTop = '0';
  heading.tabIndex = -1;
  const number = document.createElement('p');
  const code = document.createElement('strong');
  code.className = 'code';
  code.textContent = confirmationNumber(answers);
  number.append('Your confirmation number is ', code, '.');
  const details = document.createElement('p');
  details.textContent = `${adults} ${adults === 1 ? 'adult' : 'adults'} and ${children} ${children === 1 ? 'child' : 'children'}, ` +
                        `${data.get('date')}, boat of ${data.get('boat')}. To pay at the quay: €${total.toFixed(2)}.`;
  box.append(heading, number, details);
  form.hidden = true;
  confirmation.replaceChildren(box);
  heading.focus();
}

form.addEventListener('submit', event => {
  event.preventDefault();
  let first = null;
  for (const [name, check] of Object.entries(rules)) {
    const field = form.elements[name];
    const message = check(field);
    complain(field, message);
    if (message) first ??= field;
  }
  if (first) first.focus();
  else confirm(new FormData(form));
});

const wanted = new URLSearchParams(location.search).get('item');
if (wanted) form.elements.item.value = wanted;
