/** Several of a few choices, as buttons that stay pressed. */

import { h, newID } from '../core/dom.js';

/**
 * @param {string} label
 * @param {[unknown, string][]} options values and texts.
 * @param {Iterable<unknown>} chosen
 * @param {{ hint?: string }} [more]
 */
export function chips(label, options, chosen, { hint } = {}) {
  const values = new Set(chosen);
  const id = newID('chips');
  const buttons = options.map(([value, text]) =>
    h(
      'button',
      {
        type: 'button',
        class: 'chip',
        'aria-pressed': String(values.has(value)),
        onClick: (event) => {
          if (!values.delete(value)) values.add(value);
          event.currentTarget.setAttribute('aria-pressed', String(values.has(value)));
        },
      },
      text,
    ),
  );
  return {
    element: h(
      'div',
      { class: 'field whole', role: 'group', 'aria-labelledby': id },
      h('div', { class: 'label', id }, label),
      h('div', { class: 'line wrap' }, buttons),
      hint && h('div', { class: 'hint' }, hint),
    ),
    /** In the order of the options. */
    get value() {
      return options.map(([value]) => value).filter((value) => values.has(value));
    },
  };
}
