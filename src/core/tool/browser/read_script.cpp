// The page's text as a model reads it. One walk over the rendered tree (shadow roots and readable frames
// included); blocks become lines, controls become lines with a reference, tables become Markdown tables.
#include "core/tool/browser/page_script.h"

namespace soma::tool::browser {

const char* const kReadScript = R"js(
const kMaxText = 4000000, kMaxName = 160, kMaxOptions = 40, kMaxCells = 60, kMaxDepth = 400;

const refs = new Map();          // number -> WeakRef of the element
const numbers = new WeakMap();   // element -> number
let nextRef = firstRef;

function refOf(element) {
  let number = numbers.get(element);
  if (!number) {
    number = nextRef++;
    numbers.set(element, number);
    refs.set(number, new WeakRef(element));
  }
  return 'e' + number;
}

const collapse = text => text.replace(/[\s\u00a0\u200b]+/g, ' ');
const clean = text => collapse(text || '').trim();
function short(text, limit = kMaxName) {
  text = clean(text);
  return text.length > limit ? text.slice(0, limit - 1).toWellFormed() + '…' : text;
}
const quote = text => '"' + text.replace(/"/g, "'") + '"';

const kSkipped = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'META', 'LINK', 'OBJECT', 'EMBED', 'PARAM', 'AREA',
                          'MAP', 'DATALIST', 'COLGROUP', 'SOURCE', 'TRACK']);
const kInlineDisplay = /^(inline|contents|ruby|none)/;
const kRoles = {button: 'button', link: 'link', checkbox: 'checkbox', radio: 'radio', switch: 'switch', tab: 'tab',
                menuitem: 'menuitem', menuitemcheckbox: 'checkbox', menuitemradio: 'radio', option: 'option', combobox: 'combobox',
                textbox: 'textbox', searchbox: 'textbox', slider: 'slider', spinbutton: 'textbox', treeitem: 'treeitem'};
const kButtonTypes = new Set(['button', 'submit', 'reset', 'image']);
const kInteractive = 'a[href],button,input,select,textarea,summary,[role=button],[role=link],[role=checkbox],[role=tab],' +
                     '[role=menuitem],[role=option],[contenteditable=""],[contenteditable=true],[onclick]';

function childrenOf(node) {
  if (node.shadowRoot) return node.shadowRoot.childNodes;
  if (node.tagName === 'SLOT') {
    const assigned = node.assignedNodes({flatten: true});
    if (assigned.length) return assigned;
  }
  return node.childNodes;
}
function styleOf(element) { return element.ownerDocument.defaultView ? element.ownerDocument.defaultView.getComputedStyle(element) : null; }
function isRendered(element) {
  const style = styleOf(element);
  if (!style || style.display === 'none' || style.visibility !== 'visible') return false;
  return style.display === 'contents' || element.checkVisibility();
}
function frameDocument(frame) { try { return frame.contentDocument; } catch { return null; } }

// The visible text of a subtree in one line.
function flatText(root, depth = 0) {
  if (depth > kMaxDepth) return '';
  let out = '';
  for (const node of childrenOf(root)) {
    if (out.length > 20000) break;
    if (node.nodeType === 3) out += node.data;
    else if (node.nodeType === 1 && !kSkipped.has(node.tagName)) out += flatElement(node, depth);
  }
  return out;
}
function flatElement(node, depth) {
  const style = styleOf(node);
  if (!style || style.display === 'none') return '';
  const gap = kInlineDisplay.test(style.display) ? '' : ' ';
  if (node.tagName === 'BR') return ' ';
  if (node.tagName === 'IMG') return node.alt ? ' ' + node.alt + ' ' : '';
  if (node.tagName === 'SVG' || node.tagName === 'svg') return svgName(node);
  if (node.tagName === 'INPUT' || node.tagName === 'SELECT' || node.tagName === 'TEXTAREA') return ' ';
  if (style.visibility !== 'visible' && !node.childElementCount) return '';
  return gap + flatText(node, depth + 1) + gap;
}
function svgName(svg) {
  const name = svg.getAttribute('aria-label') || svg.querySelector('title')?.textContent;
  return name ? ' ' + name + ' ' : '';
}

function labelledBy(element) {
  const ids = element.getAttribute('aria-labelledby');
  if (!ids) return '';
  const root = element.getRootNode();
  return clean(ids.split(/\s+/).map(id => root.getElementById?.(id)?.textContent || '').join(' '));
}
function nameOf(element) {
  const named = labelledBy(element) || clean(element.getAttribute('aria-label'));
  if (named) return short(named);
  const tag = element.tagName;
  if (tag === 'INPUT' || tag === 'SELECT' || tag === 'TEXTAREA') {
    if (tag === 'INPUT' && kButtonTypes.has(element.type)) {
      return short(element.value || element.alt || element.title || {submit: 'Submit', reset: 'Reset'}[element.type] || '');
    }
    const labels = [...(element.labels || [])].map(label => flatText(label)).join(' ');
    return short(labels || element.title || element.placeholder || element.name || '');
  }
  return short(flatText(element) || element.title || element.querySelector?.('img[alt]')?.alt || '');
}

// What kind of control the element is, or nothing.
function kindOf(element) {
  const role = kRoles[element.getAttribute('role')];
  const tag = element.tagName;
  if (tag === 'A') return element.hasAttribute('href') ? (role || 'link') : role;
  if (tag === 'BUTTON') return role || 'button';
  if (tag === 'SUMMARY') return 'summary';
  if (tag === 'SELECT') return 'select';
  if (tag === 'TEXTAREA') return 'textbox';
  if (tag === 'INPUT') {
    if (element.type === 'hidden') return null;
    if (kButtonTypes.has(element.type)) return 'button';
    if (element.type === 'checkbox' || element.type === 'radio') return element.type;
    if (element.type === 'range') return 'slider';
    if (element.type === 'file') return 'file';
    return 'textbox';
  }
  if (element.isContentEditable && !element.parentElement?.isContentEditable) return 'textbox';
  if (role) return role;
  if (element.hasAttribute('onclick') && !element.querySelector(kInteractive)) return 'clickable';
  return null;
}
// A custom control that only its cursor gives away: small, with no other control inside, and the outermost of its kind.
function isClickable(element, style) {
  if (style.cursor !== 'pointer' || element.tagName === 'LABEL' || element.querySelector(kInteractive)) return false;
  const parent = element.parentElement;
  if (parent && styleOf(parent)?.cursor === 'pointer') return false;
  return clean(element.textContent).length <= kMaxName;
}

// Put where nobody sees it, as "skip to the content" links are.
function isOutside(element) {
  const box = element.getBoundingClientRect(), view = element.ownerDocument.defaultView;
  return box.width > 0 && (box.right + view.scrollX <= 0 || box.bottom + view.scrollY <= 0);
}

function statesOf(element, kind) {
  const states = [];
  const aria = name => element.getAttribute('aria-' + name);
  const disabled = element.matches(':disabled') || aria('disabled') === 'true';
  if (element.type === 'checkbox' || element.type === 'radio') states.push(element.checked ? 'checked' : 'not checked');
  else if (aria('checked')) states.push(aria('checked') === 'true' ? 'checked' : 'not checked');
  if (aria('selected') === 'true' || (aria('current') && aria('current') !== 'false')) states.push('selected');
  if (aria('pressed') === 'true') states.push('pressed');
  if (kind === 'summary') states.push(element.parentElement?.open ? 'expanded' : 'collapsed');
  else if (aria('expanded')) states.push(aria('expanded') === 'true' ? 'expanded' : 'collapsed');
  if (element.required || aria('required') === 'true') states.push('required');
  if (element.readOnly && kind === 'textbox') states.push('read-only');
  if (aria('invalid') === 'true') states.push('invalid');
  if (disabled) states.push('disabled');
  const type = element.tagName === 'INPUT' ? element.type : '';
  if (kind === 'textbox' && type && type !== 'text') states.unshift(type);
  return states;
}
function valueOf(element, kind) {
  if (kind === 'select') return [...element.selectedOptions].map(option => clean(option.label)).join(', ');
  if (kind === 'file') return [...element.files].map(file => file.name).join(', ');
  if (kind === 'textbox' || kind === 'slider' || kind === 'combobox') {
    if (element.type === 'password') return '•'.repeat(Math.min(element.value.length, 20));
    const value = 'value' in element ? String(element.value) : element.isContentEditable ? element.innerText : '';
    return short(value, 2000);
  }
  return '';
}
function describe(element, kind, name) {
  let line = `[${refOf(element)}] ${kind} ${quote(name ?? nameOf(element))}`;
  const value = valueOf(element, kind);
  if (value) line += ' = ' + quote(value);
  const states = statesOf(element, kind);
  if (states.length) line += ` (${states.join(', ')})`;
  if (kind === 'textbox' && element.placeholder && !value && clean(element.placeholder) !== name) {
    line += ` placeholder ${quote(short(element.placeholder, 80))}`;
  }
  if (kind === 'select') {
    const options = [...element.options].filter(option => !option.disabled).map(option => quote(short(option.label, 80)));
    line += ' options: ' + options.slice(0, kMaxOptions).join(', ');
    if (options.length > kMaxOptions) line += ` and ${options.length - kMaxOptions} more`;
  }
  return line;
}

// Collects lines. `line` is the one being written.
class Writer {
  constructor() { this.lines = []; this.line = ''; this.size = 0; this.indent = ''; this.marker = ''; this.inCell = false; this.listDepth = 0; }
  full() { return this.size > kMaxText; }
  text(text) {
    text = collapse(text);
    if (text === ' ' || text === '') { if (this.line && !this.line.endsWith(' ')) this.line += text; return; }
    if (this.line.endsWith(' ') || !this.line) text = text.replace(/^ /, '');
    this.line += text;
  }
  flush() {
    const text = this.line.trim();
    this.line = '';
    if (!text) return;
    this.push(this.marker + text);
    this.marker = ' '.repeat(this.marker.length);
  }
  push(text) { const full = (this.indent + text).trimEnd(); this.lines.push(full); this.size += full.length + 1; }
  blank() {
    this.flush();
    if (this.lines.length && this.lines[this.lines.length - 1] !== '') this.lines.push('');
  }
  control(text, inline) {
    if (this.inCell || inline) { this.text((this.line && !this.line.endsWith(' ') ? ' ' : '') + text + ' '); return; }
    this.flush(); this.line = text; this.flush();
  }
}

const kParagraphs = new Set(['P', 'UL', 'OL', 'TABLE', 'PRE', 'BLOCKQUOTE', 'SECTION', 'ARTICLE', 'HEADER', 'FOOTER', 'NAV', 'MAIN',
                             'ASIDE', 'FORM', 'FIELDSET', 'FIGURE', 'DL', 'DETAILS', 'DIALOG']);

function walkChildren(node, out, depth) {
  if (depth > kMaxDepth) return;
  for (const child of childrenOf(node)) {
    if (out.full()) return;
    if (child.nodeType === 3) out.text(child.data);
    else if (child.nodeType === 1) walk(child, out, depth + 1);
  }
}

function walk(element, out, depth) {
  const tag = element.tagName;
  if (kSkipped.has(tag)) return;
  const style = styleOf(element);
  if (!style) return;
  if (style.display === 'none') { hiddenChoice(element, out); return; }
  if (style.visibility !== 'visible') {
    for (const child of element.children) walk(child, out, depth + 1);
    return;
  }
  if (element.parentElement?.tagName === 'DETAILS' && !element.parentElement.open && tag !== 'SUMMARY') return;
  if (tag === 'BR') { out.inCell ? out.text(' ') : out.flush(); return; }
  if (tag === 'IMG') { const alt = short(element.alt); if (alt) out.text(` (image: ${alt}) `); return; }
  if (tag === 'svg') { const name = short(svgName(element)); if (name) out.text(` (image: ${name}) `); return; }
  if (tag === 'VIDEO' || tag === 'AUDIO') { out.text(` (${tag.toLowerCase()}: ${short(element.title || element.currentSrc)}) `); return; }
  if (tag === 'CANVAS') { const name = nameOf(element); out.text(name ? ` (drawing: ${name}) ` : ''); return; }
  if (tag === 'IFRAME' || tag === 'FRAME') { walkFrame(element, out, depth); return; }
  const inline = kInlineDisplay.test(style.display);
  const kind = kindOf(element) || (isClickable(element, style) ? 'clickable' : null);
  if (kind) { walkControl(element, kind, inline, style, out, depth); return; }
  if (tag === 'LABEL' && element.control && isRendered(element.control)) { walkLabel(element, out, depth); return; }
  if (tag === 'TABLE' && isDataTable(element)) { writeTable(element, out, depth); return; }
  if (tag === 'PRE' && !out.inCell) { writePre(element, out); return; }
  if (tag === 'HR') { out.blank(); out.push('---'); return; }
  if (tag === 'CODE' || tag === 'KBD' || tag === 'SAMP') { const text = clean(element.textContent); if (text) out.text('`' + text + '`'); return; }
  if (inline || out.inCell) {
    if (!inline) out.text(' ');
    walkChildren(element, out, depth);
    if (!inline || style.display !== 'inline') out.text(' ');
    return;
  }
  walkBlock(element, tag, style, out, depth);
}

function walkBlock(element, tag, style, out, depth) {
  const heading = /^H([1-6])$/.exec(tag) || (element.getAttribute('role') === 'heading' && [0, element.getAttribute('aria-level') || '2']);
  if (heading) {
    const cell = new Writer();
    cell.inCell = true;
    walkChildren(element, cell, depth);
    const text = clean(cell.line);
    if (out.listDepth) { out.flush(); if (text) { out.line = '#'.repeat(+heading[1]) + ' ' + text; out.flush(); } return; }
    out.blank();
    if (text) out.push('#'.repeat(+heading[1]) + ' ' + text);
    return;
  }
  if (tag === 'UL' || tag === 'OL') { walkList(element, tag, out, depth); return; }
  if (tag === 'LEGEND') { out.blank(); out.text('**' + clean(flatText(element)) + '**'); out.flush(); return; }
  if (tag === 'DT') { out.flush(); out.text('**' + clean(flatText(element)) + '**: '); return; }
  if (tag === 'DD' && out.line.endsWith('**: ')) { walkChildren(element, out, depth); out.flush(); return; }
  const paragraph = kParagraphs.has(tag);
  paragraph && !out.listDepth ? out.blank() : out.flush();
  if (tag === 'DIALOG' || element.getAttribute('role') === 'dialog') out.push('(dialog)');
  const indent = out.indent;
  if (tag === 'BLOCKQUOTE') out.indent += '> ';
  walkChildren(element, out, depth);
  out.flush();
  out.indent = indent;
  if (paragraph && !out.listDepth) out.blank();
}

function walkList(list, tag, out, depth) {
  out.listDepth ? out.flush() : out.blank();
  const indent = out.indent, marker = out.marker;
  if (out.listDepth) out.indent += '  ';
  ++out.listDepth;
  let number = list.start || 1;
  for (const item of childrenOf(list)) {
    if (item.nodeType !== 1 || out.full()) continue;
    if (item.tagName !== 'LI') { walk(item, out, depth + 1); continue; }
    const style = styleOf(item);
    if (!style || style.display === 'none' || style.visibility !== 'visible') continue;
    out.flush();
    out.marker = tag === 'OL' ? `${number++}. ` : '- ';
    walkChildren(item, out, depth + 1);
    out.flush();
    out.marker = '';
  }
  --out.listDepth;
  out.indent = indent;
  out.marker = marker;
  if (!out.listDepth) out.blank();
}

function walkControl(element, kind, inline, style, out, depth) {
  if (kind === 'link' && element.tagName === 'A') {
    if (isOutside(element)) return;
    const name = nameOf(element) || short(element.getAttribute('href'), 80);
    const block = !inline && !out.inCell && style.display !== 'inline-block';
    if (block) out.flush();
    const states = statesOf(element, kind);
    out.text(`[${name}](${refOf(element)})${states.length ? ' (' + states.join(', ') + ')' : ''}`);
    if (block) out.flush();
    else if (style.display !== 'inline') out.text(' ');
    return;
  }
  const field = kind === 'textbox' || kind === 'select' || kind === 'checkbox' || kind === 'radio' || kind === 'file' || kind === 'slider' ||
                kind === 'combobox';
  out.control(describe(element, kind, nameOf(element)), !field && (inline || style.display.startsWith('inline')));
}

// The text of a label is the name of its control: only what else stands in it is written.
function walkLabel(label, out, depth) {
  for (const child of label.querySelectorAll('input,select,textarea,button,a[href]')) walk(child, out, depth + 1);
}

// A checkbox that a designer hid behind its label is reached through the label.
function hiddenChoice(element, out) {
  if (element.tagName !== 'INPUT' || (element.type !== 'checkbox' && element.type !== 'radio')) return;
  if ([...(element.labels || [])].some(isRendered)) out.control(describe(element, element.type, nameOf(element)), false);
}

function walkFrame(frame, out, depth) {
  const box = frame.getBoundingClientRect();
  if (box.width < 2 || box.height < 2) return;
  const inner = frameDocument(frame);
  const name = short(frame.title || frame.name || frame.getAttribute('src') || '');
  out.blank();
  if (!inner?.body) {
    if (frame.src) out.push(`(frame ${quote(name)} from another site, not readable here: navigate to ${frame.src} to read it)`);
    return;
  }
  out.push(`(frame ${quote(name)})`);
  walkChildren(inner.body, out, depth + 1);
  out.blank();
  out.push('(end of frame)');
  out.blank();
}

function writePre(element, out) {
  out.blank();
  out.push('```');
  for (const line of element.textContent.replace(/\n$/, '').split('\n')) out.push(line);
  out.push('```');
  out.blank();
}

function rowsOf(table) { return [...table.rows].filter(isRendered); }
function isDataTable(table) {
  const role = table.getAttribute('role');
  if (role === 'presentation' || role === 'none' || table.querySelector('table')) return false;
  const rows = table.rows;
  if (!rows.length) return false;
  return !!table.querySelector('th') || (rows.length > 1 && rows[0].cells.length > 1);
}
function cellText(cell, depth) {
  const out = new Writer();
  out.inCell = true;
  walkChildren(cell, out, depth);
  return clean(out.line).replace(/\|/g, '\\|');
}
function writeTable(table, out, depth) {
  out.blank();
  if (table.caption) { const caption = clean(flatText(table.caption)); if (caption) out.push(`Table: ${caption}`); }
  let first = true;
  for (const row of rowsOf(table)) {
    if (out.full()) break;
    const cells = [];
    for (const cell of [...row.cells].slice(0, kMaxCells)) {
      cells.push(cellText(cell, depth + 1));
      for (let extra = 1; extra < Math.min(cell.colSpan, kMaxCells); ++extra) cells.push('');
    }
    out.push('| ' + cells.join(' | ') + ' |');
    if (first) out.push('|' + ' --- |'.repeat(cells.length));
    first = false;
  }
  out.blank();
}

function extract() {
  const out = new Writer();
  if (document.body) walk(document.body, out, 0);
  else if (document.documentElement) out.text(document.documentElement.textContent);
  out.blank();
  while (out.lines.length && out.lines[out.lines.length - 1] === '') out.lines.pop();
  return out.lines;
}

function read(offset, limit) {
  const lines = extract();
  const text = lines.join('\n').toWellFormed();
  let end = Math.min(text.length, offset + limit);
  if (end < text.length) {
    const newline = text.lastIndexOf('\n', end);
    if (newline > offset + limit / 2) end = newline + 1;
  }
  let status = 0;
  try { status = performance.getEntriesByType('navigation')[0]?.responseStatus || 0; } catch {}
  return {title: short(document.title, 300).toWellFormed(), url: location.href, status, state: document.readyState,
          type: document.contentType, text: text.slice(offset, end).toWellFormed(), offset, more: text.length - end, total: text.length, nextRef};
}

let marked = [];
function mark() { marked = extract(); return {nextRef}; }
function changes(limit) {
  const lines = extract();
  const left = new Map();
  for (const line of marked) left.set(line, (left.get(line) || 0) + 1);
  const added = [];
  for (const line of lines) {
    const count = left.get(line) || 0;
    if (count) left.set(line, count - 1);
    else if (line.trim()) added.push(line);
  }
  const removed = [];
  for (const line of marked) {
    const count = left.get(line) || 0;
    if (count && line.trim()) { removed.push(line); left.set(line, count - 1); }
  }
  const cut = list => list.slice(0, limit).map(line => line.slice(0, 500).toWellFormed());
  return {added: cut(added), removed: cut(removed), moreAdded: Math.max(0, added.length - limit),
          moreRemoved: Math.max(0, removed.length - limit), nextRef};
}

function links(limit) {
  const found = [];
  let total = 0;
  for (const root of roots()) {
    for (const link of root.querySelectorAll('a[href]')) {
      if (!isRendered(link) || isOutside(link)) continue;
      if (++total <= limit) found.push({text: nameOf(link).toWellFormed(), url: link.href.slice(0, 2000), ref: refOf(link)});
    }
  }
  return {links: found, total, nextRef};
}

function tables(maxTables, maxRows) {
  const found = [];
  let total = 0;
  for (const root of roots()) {
    for (const table of root.querySelectorAll('table')) {
      if (!isRendered(table) || !isDataTable(table)) continue;
      if (++total > maxTables) continue;
      const rows = rowsOf(table).map(row => [...row.cells].slice(0, kMaxCells).map(cell => clean(flatText(cell)).toWellFormed()));
      const headed = rowsOf(table)[0] && [...rowsOf(table)[0].cells].every(cell => cell.tagName === 'TH');
      const body = headed ? rows.slice(1) : rows;
      found.push({caption: short(table.caption ? flatText(table.caption) : table.getAttribute('aria-label') || '').toWellFormed(),
                  headers: headed ? rows[0] : [], rows: body.slice(0, maxRows), totalRows: body.length});
    }
  }
  return {tables: found, total};
}
)js";

}  // namespace soma::tool::browser
