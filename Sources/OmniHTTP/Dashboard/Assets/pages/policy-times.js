/** Times of the week at which a policy holds. */

import { h, show } from '../core/dom.js';
import { language, t } from '../core/texts.js';
import { button } from '../ui/controls.js';
import { chips } from '../ui/chips.js';
import { fieldOf } from '../ui/form.js';

/** Sunday is 0, as the API counts; the week begins where the language's does. */
function days() {
  const name = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' });
  const first = language === 'en' ? 0 : 1;
  return Array.from({ length: 7 }, (_, index) => {
    const day = (first + index) % 7;
    // 4 January 1970 was a Sunday.
    return [day, name.format(new Date(Date.UTC(1970, 0, 4 + day)))];
  });
}

const own = () => -new Date().getTimezoneOffset();

/** `UTC+1`, `UTC-3:30`. */
function zone(minutes) {
  const size = Math.abs(minutes);
  const rest = size % 60 ? `:${String(size % 60).padStart(2, '0')}` : '';
  return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(size / 60)}${rest}`;
}

export function timeWindows(given) {
  let windows = [];
  const list = h('div', { class: 'stack gap-2' });
  const none = h('p', { class: 'tiny faint' }, t('times.always'));
  const draw = () => show(list, windows.length > 0 ? windows.map((one) => one.element) : none);
  const add = (window) => {
    const from = fieldOf({ name: 'from', label: t('policies.from'), type: 'time', value: window.from ?? '09:00' });
    const until = fieldOf({
      name: 'until',
      label: t('policies.until'),
      type: 'time',
      // Browsers know no 24:00; midnight at the end of the day is written 00:00 there.
      value: window.until === '24:00' ? '00:00' : (window.until ?? '17:00'),
    });
    const week = chips(t('times.days'), days(), window.days ?? [], { hint: t('times.daysHint') });
    const offset = window.utcOffsetMinutes ?? own();
    const one = {
      element: h(
        'div',
        { class: 'time-window' },
        h('div', { class: 'fields' }, from.element, until.element, week.element),
        h(
          'div',
          { class: 'line spread' },
          h('span', { class: 'tiny faint' }, zone(offset)),
          button(t('action.remove'), {
            icon: 'trash',
            kind: 'quiet slim',
            onClick: () => {
              windows = windows.filter((other) => other !== one);
              draw();
            },
          }),
        ),
      ),
      get value() {
        return {
          days: week.value.toSorted((a, b) => a - b),
          from: from.value || '00:00',
          until: !until.value || until.value === '00:00' ? '24:00' : until.value,
          utcOffsetMinutes: offset,
        };
      },
    };
    windows.push(one);
  };
  for (const window of given ?? []) add(window);
  draw();
  return {
    element: h(
      'fieldset',
      { class: 'stack gap-2' },
      h('legend', {}, t('times.title')),
      list,
      h(
        'div',
        {},
        button(t('times.add'), {
          icon: 'plus',
          kind: 'quiet slim',
          onClick: () => {
            add({});
            draw();
          },
        }),
      ),
    ),
    get value() {
      return windows.map((one) => one.value);
    },
  };
}
