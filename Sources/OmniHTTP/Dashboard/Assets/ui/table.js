/** Tables that can be sorted and, on a phone, become a list of cards. */

import { h, show } from '../core/dom.js';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: object) => import('../core/dom.js').Child} cell
 * @property {boolean} [end] numbers stand at the end.
 * @property {(row: object) => number | string} [by] what to sort by; without it the column cannot be sorted.
 * @property {boolean} [whole] on a phone, a line of its own.
 * @property {boolean} [plain] on a phone, without its title.
 */

/**
 * @param {{ columns: Column[], label: string, empty?: Node, onRow?: (row: object) => void, keyOf?: (row: object) => string }} options
 */
export function table({ columns, label, empty, onRow, keyOf }) {
  let rows = [];
  let sort = null;
  let known = new Set();
  const head = h('tr');
  const lines = h('tbody');
  const element = h(
    'div',
    {},
    h(
      'div',
      { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': label },
      h('table', { class: 'stacks' }, h('caption', { class: 'out-of-sight' }, label), h('thead', {}, head), lines),
    ),
  );
  const holder = element.firstElementChild;

  function drawHead() {
    show(
      head,
      columns.map((column, index) => {
        const direction = sort?.index === index ? sort.direction : 0;
        const title = column.by
          ? h(
              'button',
              { type: 'button', onClick: () => sortBy(index) },
              column.title,
              direction ? (direction > 0 ? ' ↑' : ' ↓') : '',
            )
          : column.title || h('span', { class: 'out-of-sight' }, '·');
        return h(
          'th',
          {
            scope: 'col',
            class: column.end ? 'end' : null,
            'aria-sort': direction ? (direction > 0 ? 'ascending' : 'descending') : null,
          },
          title,
        );
      }),
    );
  }

  function sortBy(index) {
    sort =
      sort?.index === index ? { index, direction: -sort.direction } : { index, direction: columns[index].end ? -1 : 1 };
    drawHead();
    draw();
  }

  function line(row) {
    const key = keyOf?.(row);
    const isNew = key != null && known.size > 0 && !known.has(key);
    const cells = columns.map((column) =>
      h(
        'td',
        {
          class: `${column.end ? 'end' : ''} ${column.whole ? 'whole' : ''}`,
          'data-label': column.plain ? null : column.title || null,
        },
        column.cell(row),
      ),
    );
    const result = h('tr', { class: `${onRow ? 'clickable' : ''} ${isNew ? 'new' : ''}` }, cells);
    if (onRow) makeClickable(result, row);
    return result;
  }

  function makeClickable(result, row) {
    result.tabIndex = 0;
    result.addEventListener('click', (event) => {
      if (!event.target.closest('a, button, input')) onRow(row);
    });
    result.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === result) onRow(row);
      if (event.key === 'ArrowDown') {
        result.nextElementSibling?.focus();
        event.preventDefault();
      }
      if (event.key === 'ArrowUp') {
        result.previousElementSibling?.focus();
        event.preventDefault();
      }
    });
  }

  function draw() {
    const by = sort && columns[sort.index].by;
    const ordered = by ? rows.toSorted((one, other) => compare(by(one), by(other)) * sort.direction) : rows;
    show(lines, ordered.map(line));
    if (keyOf) known = new Set(rows.map(keyOf));
    if (empty) {
      holder.hidden = rows.length === 0;
      if (rows.length === 0) element.append(empty);
      else empty.remove();
    }
  }

  drawHead();
  return {
    element,
    /** @param {object[]} next */
    set(next) {
      rows = next;
      draw();
    },
  };
}

function compare(one, other) {
  if (typeof one === 'string') return one.localeCompare(String(other));
  return (one ?? -Infinity) - (other ?? -Infinity);
}
