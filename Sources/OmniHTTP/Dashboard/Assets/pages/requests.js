/** The log of requests: live at its end, searched and filtered further back. */

import { get, getKept, withQuery } from '../core/api.js';
import { debounce, h, perFrame, show } from '../core/dom.js';
import { duration, money, number, time, dateTime } from '../core/format.js';
import { watch } from '../core/live.js';
import { go, keepQuery, query } from '../core/router.js';
import { t } from '../core/texts.js';
import { badge, button, empty, pageHead } from '../ui/controls.js';
import { table } from '../ui/table.js';
import { toastError } from '../ui/toasts.js';

const MOST = 200;
const FILTERS = ['search', 'status', 'provider', 'apiKeyId', 'range'];

export async function render(place, { signal }) {
  const values = Object.fromEntries(FILTERS.map((name) => [name, query().get(name) ?? '']));
  let logs = [];
  let cursor = null;
  let isLive = true;
  const list = table({
    label: t('page.requests'),
    columns: columns(),
    keyOf: (log) => log.id,
    onRow: (log) => go(`/dashboard/requests/${log.id}`),
    empty: empty(
      'requests',
      t('requests.none'),
      t('requests.noneText'),
      button(t('page.connect'), { href: '/dashboard/connect' }),
    ),
  });
  const more = button(t('requests.more'), { onClick: () => load(true) });
  const liveButton = button(t('requests.live'), { kind: 'slim', 'aria-pressed': 'true', onClick: toggle });
  const draw = perFrame(() => {
    list.set(logs);
    more.hidden = !cursor;
  });

  async function load(isNext = false) {
    const page = await get(
      withQuery('/api/usage/request-logs', { ...values, limit: 50, cursor: isNext ? cursor : '' }),
      { signal },
    );
    logs = isNext ? [...logs, ...page.logs] : page.logs;
    cursor = page.nextCursor;
    draw();
  }
  function toggle() {
    isLive = !isLive;
    liveButton.setAttribute('aria-pressed', String(isLive));
    show(liveButton, isLive ? t('requests.live') : t('requests.paused'));
    if (isLive) load().catch(toastError);
  }
  function change(name, value) {
    values[name] = value;
    keepQuery(values);
    load().catch((error) => {
      if (!signal.aborted) toastError(error);
    });
  }

  place.append(
    pageHead(
      t('page.requests'),
      t('requests.text'),
      liveButton,
      button(t('usage.export'), { icon: 'download', kind: 'slim', onClick: () => exportCSV(values) }),
    ),
    h(
      'div',
      { class: 'card' },
      h('div', { class: 'body top' }, await filters(values, change)),
      list.element,
      h('div', { class: 'form-foot', dataset: { part: 'more' } }, more),
    ),
  );
  signal.addEventListener(
    'abort',
    watch({
      requests: (batch) => {
        if (!isLive) return;
        const fresh = batch.requests.filter((log) => fits(log, values) && !logs.some((known) => known.id === log.id));
        if (fresh.length === 0) return;
        logs = [...fresh.reverse(), ...logs].slice(0, MOST);
        draw();
      },
    }),
  );
  await load();
}

function columns() {
  return [
    {
      title: t('requests.time'),
      plain: true,
      cell: (log) =>
        h('time', { class: 'nowrap', datetime: log.timestamp, title: dateTime(log.timestamp) }, time(log.timestamp)),
    },
    { title: t('requests.status'), plain: true, cell: statusBadge },
    {
      title: t('requests.model'),
      plain: true,
      whole: true,
      cell: (log) =>
        h('span', { class: 'cut' }, h('a', { href: `/dashboard/requests/${log.id}` }, log.model), served(log)),
    },
    { title: t('requests.key'), cell: (log) => h('span', { class: 'cut soft' }, log.apiKeyName ?? '–') },
    { title: t('requests.attempts'), end: true, cell: (log) => number(log.attempts) },
    { title: t('requests.tokens'), end: true, cell: (log) => `${number(log.tokens.in)} → ${number(log.tokens.out)}` },
    { title: t('requests.cost'), end: true, cell: (log) => money(log.cost) },
    { title: t('requests.duration'), end: true, cell: (log) => duration(log.duration) },
  ];
}

/** What answered, where that was another than what was asked for. */
function served(log) {
  if (!log.servedModel || log.model === `${log.provider}/${log.servedModel}`) return null;
  return h('span', { class: 'faint' }, ` → ${log.provider}/${log.servedModel}`);
}

export function statusBadge(log) {
  const tone = log.status >= 500 ? 'bad' : log.status >= 400 ? 'warn' : 'good';
  return badge(log.status === 499 ? t('requests.left') : String(log.status), tone, { dot: true });
}

async function filters(values, change) {
  const [{ keys }, { connections }] = await Promise.all([getKept('/api/keys'), getKept('/api/providers')]);
  const providers = [...new Set(['sim', ...connections.map((one) => one.provider)])];
  const select = (name, label, options) =>
    h(
      'select',
      { class: 'input', 'aria-label': label, onChange: (event) => change(name, event.target.value) },
      [['', label], ...options].map(([value, text]) => h('option', { value, selected: values[name] === value }, text)),
    );
  return h(
    'div',
    { class: 'line wrap filter-line', role: 'search' },
    h('input', {
      class: 'input search',
      type: 'search',
      placeholder: t('requests.search'),
      'aria-label': t('requests.search'),
      value: values.search,
      onInput: debounce((event) => change('search', event.target.value.trim())),
    }),
    select('status', t('requests.anyStatus'), [
      ['ok', t('requests.ok')],
      ['error', t('requests.failed')],
      ['429', '429'],
      ['500', '500'],
      ['502', '502'],
      ['503', '503'],
    ]),
    select(
      'provider',
      t('requests.anyProvider'),
      providers.map((name) => [name, name]),
    ),
    select(
      'apiKeyId',
      t('requests.anyKey'),
      keys.map((key) => [key.id, key.name]),
    ),
    select(
      'range',
      t('requests.anyTime'),
      ['1d', '7d', '30d', '90d'].map((name) => [name, t(`range.${name}`)]),
    ),
  );
}

/** Whether a request that just ended is among those looked for. */
function fits(log, { search, status, provider, apiKeyId }) {
  if (provider && log.provider !== provider) return false;
  if (apiKeyId && log.apiKeyId !== apiKeyId) return false;
  if (status === 'ok' && log.status >= 400) return false;
  if (status === 'error' && log.status < 400) return false;
  if (/^\d+$/.test(status) && log.status !== Number(status)) return false;
  const text = [log.id, log.model, log.servedModel, log.error, log.apiKeyName, log.account].join(' ').toLowerCase();
  return !search || text.includes(search.toLowerCase());
}

const CSV_FIELDS = [
  'id',
  'timestamp',
  'status',
  'model',
  'provider',
  'servedModel',
  'account',
  'apiKeyName',
  'comboName',
  'duration',
  'timeToFirstToken',
  'attempts',
  'cost',
  'error',
];

/** The newest thousand that fit, as a file. */
async function exportCSV(values) {
  const { logs } = await get(withQuery('/api/usage/request-logs', { ...values, limit: 1000 }));
  const rows = logs.map((log) => [...CSV_FIELDS.map((name) => log[name]), log.tokens.in, log.tokens.out]);
  saveCSV('omniroute-requests.csv', [[...CSV_FIELDS, 'inputTokens', 'outputTokens'], ...rows]);
}

/** Cells that a spreadsheet would take for a formula get an apostrophe. */
export function saveCSV(name, rows) {
  const cell = (value) => {
    const text = String(value ?? '');
    const safe = /^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const blob = new Blob([rows.map((row) => row.map(cell).join(',')).join('\r\n')], { type: 'text/csv' });
  const link = h('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
