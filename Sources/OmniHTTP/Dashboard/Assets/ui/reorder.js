/** Lists whose order people change, by dragging the grip or with its arrow keys. */

import { h } from '../core/dom.js';
import { icon } from './icons.js';

/** What an item of such a list is moved by. */
export function grip(label) {
  return h('button', { type: 'button', class: 'grip', 'aria-label': label }, icon('grip'));
}

/**
 * @param {HTMLElement} list its items have `data-id`, `data-name` and a grip; they may come and go.
 * @param {(name: string, place: number) => string} moved what is read out after a move.
 * @param {(ids: string[]) => unknown} onChange the ids in their new order.
 */
export function reorderable(list, moved, onChange) {
  const status = h('div', { class: 'out-of-sight', role: 'status', 'aria-live': 'polite' });
  const ids = () => [...list.children].map((item) => item.dataset.id);

  list.addEventListener('keydown', (event) => {
    const own = event.target.closest('.grip');
    const item = own?.closest('[data-id]');
    const other =
      event.key === 'ArrowUp'
        ? item?.previousElementSibling
        : event.key === 'ArrowDown'
          ? item?.nextElementSibling
          : null;
    if (!other) return;
    event.preventDefault();
    if (event.key === 'ArrowUp') other.before(item);
    else other.after(item);
    own.focus();
    if (!status.isConnected) list.after(status);
    status.textContent = moved(item.dataset.name, [...list.children].indexOf(item) + 1);
    onChange(ids());
  });

  list.addEventListener('pointerdown', (event) => {
    const own = event.target.closest('.grip');
    if (!own || event.button !== 0) return;
    event.preventDefault();
    own.focus();
    const item = own.closest('[data-id]');
    const before = ids().join();
    item.classList.add('dragging');
    own.setPointerCapture(event.pointerId);
    const move = ({ clientY }) => {
      const next = [...list.children].find(
        (other) => other !== item && clientY < other.getBoundingClientRect().top + other.offsetHeight / 2,
      );
      // A node that stays where it is must not be moved: the pointer would be let go.
      if ((next ?? null) === item.nextElementSibling) return;
      if (next) next.before(item);
      else list.append(item);
      own.setPointerCapture(event.pointerId);
    };
    const end = () => {
      own.removeEventListener('pointermove', move);
      removeEventListener('pointerup', end);
      item.classList.remove('dragging');
      if (ids().join() !== before) onChange(ids());
    };
    own.addEventListener('pointermove', move);
    addEventListener('pointerup', end);
  });
}
