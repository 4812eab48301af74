/** Chooses a request of the log whose body was logged. */

import { get } from '../core/api.js';
import { DIALECT_NAMES } from '../core/dialects.js';
import { h, show } from '../core/dom.js';
import { time } from '../core/format.js';
import { t } from '../core/texts.js';
import { badge, button, empty, notice, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';

/**
 * @param {{ signal: AbortSignal, member: 'requestBody' | 'responseBody' }} wish the body that is needed.
 * @param {(log: object) => void} onChoose
 */
export function chooseLogged({ signal, member }, onChoose) {
  const list = h('div', {}, skeleton(5));
  const has = member === 'requestBody' ? 'hasRequestBody' : 'hasResponseBody';
  const isStream = member === 'responseBody';
  const fill = async (close) => {
    const { logs } = await get('/api/usage/request-logs?limit=200', { signal });
    const fit = logs.filter((log) => log[has] && DIALECT_NAMES[log.sourceFormat] && (!isStream || log.stream));
    const choose = async (log) => {
      const detail = await get(`/api/usage/request-logs/${encodeURIComponent(log.id)}`, { signal });
      close();
      onChoose(detail.log);
    };
    show(list, fit.length > 0 ? entries(fit, choose) : none());
  };
  openDialog(
    t('translator.logged'),
    (close) => {
      fill(close).catch((error) => show(list, notice(error.message, 'bad')));
      return list;
    },
    { kind: 'wide' },
  );
}

function none() {
  return empty(
    'requests',
    t('translator.noLogged'),
    t('translator.noLoggedText'),
    button(t('settings.bodies'), { href: '/dashboard/settings?section=bodies' }),
  );
}

function entries(logs, choose) {
  return h(
    'ul',
    { class: 'stack gap-1' },
    logs.map((log) => {
      const label = h('span', { class: 'grow cut' }, h('strong', {}, log.model), ' ', h('span', { class: 'faint' }, log.servedModel));
      const entry = button('', { kind: 'quiet entry', onClick: () => choose(log) });
      entry.append(
        h('span', { class: 'number faint tiny' }, time(log.timestamp)),
        label,
        badge(DIALECT_NAMES[log.sourceFormat]),
        log.stream ? badge(t('request.stream'), 'accent') : '',
      );
      return h('li', {}, entry);
    }),
  );
}
