// Finding an element again, bringing it to where a mouse can reach it, and waiting for the page.
#include "core/tool/browser/page_script.h"

namespace soma::tool::browser {

const char* const kReachScript = R"js(
// Every document and open shadow root that can be read from here.
function roots() {
  const found = [];
  const visit = root => {
    if (found.length >= 500) return;
    found.push(root);
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      else if (element.tagName === 'IFRAME' || element.tagName === 'FRAME') {
        const inner = frameDocument(element);
        if (inner?.documentElement) visit(inner);
      }
    }
  };
  visit(document);
  return found;
}

const kNamed = kInteractive + ',label,[tabindex],[role]';
function byText(text) {
  const wanted = clean(text).toLowerCase();
  let best = null, bestRank = 9;
  for (const root of roots()) {
    for (const element of root.querySelectorAll(kNamed)) {
      if (!isRendered(element)) continue;
      const name = nameOf(element).toLowerCase();
      const rank = name === wanted ? 0 : name.startsWith(wanted) ? 2 : name.includes(wanted) ? 4 : 9;
      const real = kindOf(element) ? rank : rank + 1;
      if (rank < 9 && real < bestRank) { best = element; bestRank = real; }
    }
  }
  if (best) return best.tagName === 'LABEL' && best.control ? best.control : best;
  for (const root of roots()) {
    for (const element of root.querySelectorAll('body *')) {
      if (kSkipped.has(element.tagName) || !isRendered(element)) continue;
      if (clean(flatText(element)).toLowerCase().includes(wanted)) {
        if (![...element.children].some(child => clean(flatText(child)).toLowerCase().includes(wanted))) return element;
      }
    }
  }
  return null;
}

function find(target) {
  if (target.ref) {
    const number = +target.ref.replace(/\D/g, '');
    const element = refs.get(number)?.deref();
    if (element?.isConnected) return {element};
    if (element || refs.has(number)) return {error: `[${target.ref}] is no longer on the page (the page changed); read it again for new references`};
    if (number < firstRef) return {error: `[${target.ref}] belongs to a page that is no longer open; read the page for its references`};
    return {error: `there is no [${target.ref}] on this page; read it for its references`};
  }
  if (target.selector) {
    let hidden = null;
    for (const root of roots()) {
      let list;
      try { list = root.querySelectorAll(target.selector); } catch { return {error: `${quote(target.selector)} is not a valid CSS selector`}; }
      for (const element of list) { if (isRendered(element)) return {element}; hidden ??= element; }
    }
    return hidden ? {element: hidden} : {error: `nothing on the page matches the selector ${quote(target.selector)}`};
  }
  const element = byText(target.text || '');
  return element ? {element} : {error: `nothing on the page reads ${quote(short(target.text, 80))}`};
}

function nearNames(text) {
  const wanted = clean(text).toLowerCase().split(' ').filter(word => word.length > 2);
  const found = [];
  for (const root of roots()) {
    for (const element of root.querySelectorAll(kInteractive)) {
      if (found.length >= 5 || !isRendered(element)) continue;
      const name = nameOf(element);
      if (wanted.some(word => name.toLowerCase().includes(word))) found.push(`[${refOf(element)}] ${kindOf(element) || 'control'} ${quote(name)}`);
    }
  }
  return found;
}

function sayWhat(element) {
  const kind = kindOf(element);
  const tag = element.tagName.toLowerCase();
  const name = short(kind ? nameOf(element) : flatText(element), 60);
  const id = element.id ? '#' + element.id : element.classList[0] ? '.' + element.classList[0] : '';
  return (kind ? `[${refOf(element)}] ${kind}` : `<${tag}${id}>`) + (name ? ' ' + quote(name) : '');
}

// The frame's place in the window, summed outwards.
function frameOffset(element) {
  let x = 0, y = 0;
  for (let view = element.ownerDocument.defaultView; view && view !== window;) {
    const frame = view.frameElement;
    if (!frame) break;
    const box = frame.getBoundingClientRect(), style = styleOf(frame);
    x += box.left + frame.clientLeft + parseFloat(style.paddingLeft || 0);
    y += box.top + frame.clientTop + parseFloat(style.paddingTop || 0);
    view = frame.ownerDocument.defaultView;
  }
  return {x, y};
}
// What a mouse would meet at a point of the window: through frames and shadow roots.
function hitAt(x, y) {
  let root = document, hit = null;
  for (let depth = 0; depth < 30; ++depth) {
    const next = root.elementFromPoint(x, y);
    if (!next || next === hit) return hit;
    hit = next;
    const inner = hit.tagName === 'IFRAME' ? frameDocument(hit) : null;
    if (inner) {
      const box = hit.getBoundingClientRect(), style = styleOf(hit);
      x -= box.left + hit.clientLeft + parseFloat(style.paddingLeft || 0);
      y -= box.top + hit.clientTop + parseFloat(style.paddingTop || 0);
      root = inner;
    } else if (hit.shadowRoot) root = hit.shadowRoot;
    else return hit;
  }
  return hit;
}
function parentOf(node) { return node.assignedSlot || node.parentElement || node.getRootNode().host || node.ownerDocument.defaultView?.frameElement || null; }
function reaches(hit, element) {
  for (let at = hit; at; at = parentOf(at)) {
    if (at === element) return true;
    if (at.tagName === 'LABEL' && at.control === element) return true;
  }
  return styleOf(element)?.pointerEvents === 'none' && hit.contains(element);
}

function pointsOf(element) {
  const points = [];
  const offset = frameOffset(element);
  for (const box of element.getClientRects()) {
    if (box.width < 1 || box.height < 1) continue;
    for (const [dx, dy] of [[.5, .5], [.25, .5], [.75, .5], [.5, .2], [.5, .8], [.05, .1], [.95, .9]]) {
      const x = offset.x + box.left + box.width * dx, y = offset.y + box.top + box.height * dy;
      if (x >= 0 && y >= 0 && x < innerWidth && y < innerHeight) points.push({x, y});
    }
    if (points.length > 40) break;
  }
  return points;
}

async function settleAnimations(element) {
  const running = element.ownerDocument.getAnimations().filter(animation => {
    const target = animation.effect?.target;
    return target && animation.playState === 'running' && (target === element || target.contains(element)) &&
           animation.effect.getComputedTiming().endTime < 5000;
  });
  if (!running.length) return;
  const end = new Promise(resolve => setTimeout(resolve, 1500));
  await Promise.race([end, Promise.allSettled(running.map(animation => animation.finished))]);
}

// Scrolls the target into view and finds a point where a click meets it.
async function locate(target) {
  const found = find(target);
  if (found.error) {
    const near = target.text ? nearNames(target.text) : [];
    return {error: found.error + (near.length ? '. Near: ' + near.join(', ') : '')};
  }
  let element = found.element;
  const kind = kindOf(element) || 'element', name = nameOf(element);
  const said = sayWhat(element);
  const facts = {kind, name, ref: refOf(element), tag: element.tagName, type: element.type || '', said: said.toWellFormed(),
                 editable: kind === 'textbox' || element.isContentEditable, nextRef};
  if (element.matches(':disabled')) return {...facts, error: `${said} is disabled`};
  if (!isRendered(element)) {
    const label = [...(element.labels || [])].find(isRendered);
    if (!label) return {...facts, error: `${said} is not visible`};
    element = label;
  }
  if (element.scrollIntoViewIfNeeded) element.scrollIntoViewIfNeeded(true);
  await settleAnimations(element);
  let points = pointsOf(element);
  if (!points.length) { element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'}); points = pointsOf(element); }
  if (!points.length && element.labels?.length) {
    element = [...element.labels].find(isRendered) || element;
    points = pointsOf(element);
  }
  if (!points.length) return {...facts, error: `${said} has no place on the page to click (it has no size, or lies outside of the window)`};
  let cover = null;
  for (const point of points) {
    const hit = hitAt(point.x, point.y);
    if (hit && reaches(hit, element)) return {...facts, ok: true, x: point.x, y: point.y};
    cover ??= hit;
  }
  const covering = cover ? sayWhat(cover) : 'something outside of the page';
  return {...facts, error: `${said} is covered by ${covering}: close or move that first`.toWellFormed()};
}

function setNative(element, value) {
  const prototype = element.tagName === 'TEXTAREA' ? HTMLTextAreaElement.prototype
                  : element.tagName === 'SELECT' ? HTMLSelectElement.prototype : HTMLInputElement.prototype;
  Object.getOwnPropertyDescriptor(prototype, 'value').set.call(element, value);
}
function announce(element) {
  element.dispatchEvent(new Event('input', {bubbles: true, composed: true}));
  element.dispatchEvent(new Event('change', {bubbles: true}));
}

// Puts the caret into the target; with `clear`, selects what is there, so that typing replaces it.
function focusText(target, clear) {
  const {element, error} = find(target);
  if (error) return {error};
  if (element.readOnly) return {error: `${sayWhat(element)} is read-only`};
  element.focus();
  if ('select' in element && 'value' in element) {
    if (clear) element.select();
    else { try { element.setSelectionRange(element.value.length, element.value.length); } catch {} }
  } else if (element.isContentEditable) {
    const selection = element.ownerDocument.getSelection();
    selection.selectAllChildren(element);
    if (!clear) selection.collapseToEnd();
  }
  const had = 'value' in element ? element.value.length > 0 : clean(element.textContent) !== '';
  return {ok: true, had};
}

// For inputs whose own editor (a calendar, a colour field) does not take keys in a way that is the same everywhere.
function setValue(target, value) {
  const {element, error} = find(target);
  if (error) return {error};
  element.focus();
  setNative(element, value);
  if (value && element.value !== value && element.type !== 'range') {
    const forms = {date: '2026-01-31', time: '13:45', 'datetime-local': '2026-01-31T13:45', month: '2026-01', week: '2026-W05', color: '#3366ff'};
    return {error: `${sayWhat(element)} does not take ${quote(value)}; it wants the form ${forms[element.type] || 'of its type'}`};
  }
  announce(element);
  return {ok: true, value: element.value};
}

function select(target, wanted) {
  const {element, error} = find(target);
  if (error) return {error};
  if (element.tagName !== 'SELECT') return {error: `${sayWhat(element)} is no list of options; click it instead`};
  if (element.matches(':disabled')) return {error: `${sayWhat(element)} is disabled`};
  const options = [...element.options];
  const chosen = [];
  for (const text of wanted) {
    const lower = clean(text).toLowerCase();
    const option = options.find(each => each.value === text) || options.find(each => clean(each.label).toLowerCase() === lower) ||
                   options.find(each => clean(each.label).toLowerCase().includes(lower));
    if (!option) {
      const all = options.slice(0, kMaxOptions).map(each => quote(short(each.label, 60))).join(', ');
      return {error: `${sayWhat(element)} has no option ${quote(short(text, 80))}; it has ${all}`.toWellFormed()};
    }
    if (option.disabled) return {error: `the option ${quote(short(option.label))} is disabled`};
    chosen.push(option);
  }
  if (chosen.length > 1 && !element.multiple) return {error: `${sayWhat(element)} takes one option only`};
  element.focus();
  for (const option of options) option.selected = chosen.includes(option);
  announce(element);
  return {ok: true, value: chosen.map(option => clean(option.label)).join(', ').toWellFormed()};
}

function submitForm(target) {
  const {element, error} = find(target);
  if (error) return {error};
  const form = element.form || element.closest('form');
  if (!form) return {error: `${sayWhat(element)} belongs to no form`};
  form.requestSubmit();
  return {ok: true};
}

function scroll(target, direction, amount) {
  let box = document.scrollingElement || document.documentElement;
  if (target) {
    const found = find(target);
    if (found.error) return {error: found.error};
    if (!direction) { found.element.scrollIntoView({block: 'center', behavior: 'instant'}); return {ok: true}; }
    for (let at = found.element; at; at = parentOf(at)) {
      if (at.scrollHeight > at.clientHeight + 1 && /auto|scroll/.test(styleOf(at)?.overflowY)) { box = at; break; }
    }
  }
  const page = box.clientHeight * 0.9;
  const moves = {up: [0, -(amount || page)], down: [0, amount || page], left: [-(amount || page), 0], right: [amount || page, 0]};
  if (direction === 'top') box.scrollTo({top: 0, behavior: 'instant'});
  else if (direction === 'bottom') box.scrollTo({top: box.scrollHeight, behavior: 'instant'});
  else box.scrollBy({left: moves[direction || 'down'][0], top: moves[direction || 'down'][1], behavior: 'instant'});
  return {ok: true, top: Math.round(box.scrollTop), height: box.scrollHeight, view: box.clientHeight};
}

function holds(condition) {
  if (condition.ref || condition.selector) {
    const found = find(condition);
    return !!found.element && isRendered(found.element);
  }
  if (condition.text) return collapse(extract().join(' ')).toLowerCase().includes(clean(condition.text).toLowerCase());
  return true;
}
// Resolves when the condition holds (or, with `gone`, does not), else after `ms`. Looks again when the page changes, and now and then
// for what no observer reports (styles, shadow roots, frames); a costly look makes the next one later.
function waitFor(condition, ms) {
  return new Promise(resolve => {
    const start = performance.now();
    let timer = null, last = -1e9, cost = 0;
    const finish = met => { observer.disconnect(); clearTimeout(timer); resolve({met, nextRef}); };
    const look = () => {
      const now = performance.now();
      if (now - last < Math.max(50, cost * 4)) return schedule();
      const met = holds(condition) !== !!condition.gone;
      last = performance.now();
      cost = last - now;
      if (met) return finish(true);
      if (last - start >= ms) return finish(false);
      schedule();
    };
    const schedule = () => { clearTimeout(timer); timer = setTimeout(look, Math.max(100, cost * 4)); };
    const observer = new MutationObserver(look);
    observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
    look();
  });
}

// When the page last changed, since this script came to it.
let lastChange = performance.now();
new MutationObserver(() => { lastChange = performance.now(); })
    .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
// Resolves when nothing has changed for `quietMs`, at the latest after `maxMs`. `acted`: something was just done to the page, so that it is
// given the time from now on.
function quiet(quietMs, maxMs, acted) {
  if (acted) lastChange = performance.now();
  return new Promise(resolve => {
    const end = performance.now() + maxMs;
    const look = () => {
      const now = performance.now(), left = lastChange + quietMs - now;
      if (left <= 0 || now >= end) return resolve({calm: left <= 0});
      setTimeout(look, Math.max(1, Math.min(left, end - now)));
    };
    look();
  });
}
)js";

std::string page_script(int64_t first_ref) {
  return std::string("(() => { 'use strict'; if (globalThis.soma) return;\nconst firstRef = ") +
         std::to_string(first_ref) + ";\n" + kReadScript + kReachScript +
         "globalThis.soma = {read, mark, changes, locate, focusText, setValue, select, submitForm, scroll, "
         "links, "
         "tables, waitFor, quiet, element: target => find(target).element ?? null};\n})()";
}

}  // namespace soma::tool::browser
