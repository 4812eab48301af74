/** Conversations heard of lately, and the accounts they stay on. */

import { get } from '../core/api.js';
import { h, perFrame, show } from '../core/dom.js';
import { ago, duration, number } from '../core/format.js';
import { watch } from '../core/live.js';
import { t } from '../core/texts.js';
import { badge, button, empty, pageHead, skeleton } from '../ui/controls.js';
import { table } from '../ui/table.js';

const MOST = 500;
const PACE = 5000;

export async function render(place, { signal }) {
  let all = [];
  let wanted = '';
  const holder = h('div', {}, h('div', { class: 'body top' }, skeleton(6)));
  const summary = h('span', { class: 'line wrap small soft' });
  const list = table({
    label: t('page.conversations'),
    columns: columns(),
    keyOf: (one) => one.sessionId,
    empty: empty('conversations', t('conversations.none'), t('conversations.noneText')),
  });
  const draw = perFrame(() => {
    const fits = (one) =>
      wanted === '' ||
      [one.sessionId, one.model, one.provider, one.connectionName].some((text) => text?.toLowerCase().includes(wanted));
    list.set(all.filter(fits));
  });
  async function load() {
    const { sessions, count, sessionAffinity } = await get(`/api/sessions?limit=${MOST}`, { signal });
    all = sessions;
    show(
      summary,
      h('span', {}, t('conversations.count', { n: number(count) })),
      badge(t(sessionAffinity ? 'resilience.sticky' : 'resilience.notSticky'), sessionAffinity ? 'good' : ''),
    );
    if (!list.element.isConnected) show(holder, list.element);
    draw();
  }
  place.append(
    pageHead(
      t('page.conversations'),
      t('conversations.text'),
      button(t('page.settings'), { icon: 'settings', kind: 'slim', href: '/dashboard/settings' }),
    ),
    h(
      'div',
      { class: 'card' },
      h(
        'div',
        { class: 'body top' },
        h(
          'div',
          { class: 'line spread wrap' },
          h('input', {
            class: 'input search-box',
            type: 'search',
            'aria-label': t('conversations.search'),
            placeholder: t('conversations.search'),
            onInput: (event) => {
              wanted = event.target.value.trim().toLowerCase();
              draw();
            },
          }),
          summary,
        ),
      ),
      holder,
    ),
  );
  let hasNews = false;
  signal.addEventListener('abort', watch({ requests: () => (hasNews = true) }));
  const timer = setInterval(() => {
    // Times go on even when nothing happens, though nobody needs them to the second.
    if (document.hidden || holder.contains(document.activeElement)) return;
    if (hasNews) load().catch(() => {});
    else draw();
    hasNews = false;
  }, PACE);
  signal.addEventListener('abort', () => clearInterval(timer));
  await load();
}

function columns() {
  return [
    {
      title: t('resilience.conversation'),
      plain: true,
      cell: (one) =>
        h(
          'span',
          { class: 'line' },
          h('code', {}, one.sessionId),
          one.activeRequests > 0 && badge(t('providers.running', { n: one.activeRequests }), 'accent', { dot: true }),
        ),
    },
    {
      title: t('requests.model'),
      by: (one) => one.model,
      cell: (one) => h('span', { class: 'cut' }, one.model),
    },
    {
      title: t('request.account'),
      by: (one) => one.provider ?? '',
      cell: (one) => [one.provider, one.connectionName].filter(Boolean).join(' / ') || '–',
    },
    { title: t('home.requests'), end: true, by: (one) => one.requestCount, cell: (one) => number(one.requestCount) },
    { title: t('conversations.age'), end: true, by: (one) => one.ageMs, cell: (one) => duration(one.ageMs) },
    { title: t('resilience.last'), end: true, by: (one) => one.lastActive, cell: (one) => ago(one.lastActive) },
  ];
}
