/** JSON, set out in lines that can be marked. */

import { h } from '../core/dom.js';
import { number } from '../core/format.js';
import { t } from '../core/texts.js';

const MOST_LINES = 3000;
const MOST_CHARACTERS = 400;

/**
 * @typedef {object} Mark
 * @property {string} id lines of one mark share it.
 * @property {string} title what is said of them.
 */

/**
 * @param {unknown} value
 * @param {{ label: string, markOf?: (path: (string | number)[], value: unknown) => Mark | null }} options a mark holds for all
 *   that is inside.
 */
export function jsonView(value, { label, markOf = () => null }) {
  const lines = [];
  write(lines, { value, path: [], depth: 0, name: null, tail: '', mark: null, markOf });
  const shown = lines.slice(0, MOST_LINES);
  const rest = lines.length - shown.length;
  return h(
    'pre',
    { class: 'json', tabindex: '0', role: 'region', 'aria-label': label },
    h('code', {}, shown, rest > 0 && h('span', { class: 'row faint' }, t('json.more', { n: number(rest) }))),
  );
}

function write(lines, { value, path, depth, name, tail, mark, markOf }) {
  if (lines.length > MOST_LINES) return;
  const own = markOf(path, value) ?? mark;
  const inside = { depth: depth + 1, mark: own, markOf };
  const line = (...parts) => lines.push(row(depth, own, own !== mark, name, parts));
  const isList = Array.isArray(value);
  if (value === null || typeof value !== 'object') {
    line(literal(value), tail);
    return;
  }
  const entries = isList ? value.map((one, index) => [index, one]) : Object.entries(value);
  const [open, close] = isList ? '[]' : '{}';
  if (entries.length === 0) {
    line(open + close, tail);
    return;
  }
  line(open);
  for (const [index, [key, one]] of entries.entries()) {
    const end = index === entries.length - 1 ? '' : ',';
    write(lines, { ...inside, value: one, path: [...path, key], name: isList ? null : key, tail: end });
  }
  lines.push(row(depth, own, false, null, [close, tail]));
}

function row(depth, mark, isFirst, name, parts) {
  return h(
    'span',
    {
      class: mark ? 'row marked' : 'row',
      title: mark?.title,
      dataset: mark ? { mark: mark.id } : {},
      vars: { depth },
    },
    name !== null && [h('span', { class: 'name' }, JSON.stringify(name)), ': '],
    parts,
    isFirst && h('span', { class: 'out-of-sight' }, ` (${mark.title})`),
    '\n',
  );
}

function literal(value) {
  if (typeof value !== 'string') return h('span', { class: 'number' }, String(value));
  const text = JSON.stringify(value);
  if (text.length <= MOST_CHARACTERS) return h('span', { class: 'text' }, text);
  const rest = t('json.characters', { n: number(text.length - MOST_CHARACTERS) });
  return [h('span', { class: 'text' }, `${text.slice(0, MOST_CHARACTERS)}…`), h('span', { class: 'faint' }, ` ${rest}`)];
}
