/** What was used: a calendar, charts over time and by model, provider, key, account and combo. */

import { get, withQuery } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { day, duration, money, moneyShort, number, percent, short } from '../core/format.js';
import { keepQuery, query } from '../core/router.js';
import { t } from '../core/texts.js';
import { bar, body, button, card, empty, figure, pageHead, segments, skeleton } from '../ui/controls.js';
import { chart, legend } from '../ui/chart.js';
import { table } from '../ui/table.js';
import { tabs } from '../ui/tabs.js';
import { toastError } from '../ui/toasts.js';
import { saveCSV } from './requests.js';

const RANGES = ['1d', '7d', '30d', '90d', 'ytd', 'all'];
/** How many hours or days a range has. */
const LENGTHS = { '1d': 24, '7d': 7, '30d': 30, '90d': 90 };
const MEASURES = {
  requests: { of: (group) => group.requests, format: short },
  tokens: { of: (group) => group.totalTokens, format: short },
  cost: { of: (group) => group.cost ?? 0, format: moneyShort },
  errors: { of: (group) => group.errors, format: short },
  latency: { of: (group) => group.averageLatencyMs ?? 0, format: duration },
};
const GROUPS = {
  model: { list: 'byModel', name: (row) => row.model, note: (row) => row.provider },
  provider: { list: 'byProvider', name: (row) => row.provider },
  key: { list: 'byApiKey', name: (row) => row.apiKeyName ?? row.apiKeyId },
  account: { list: 'byAccount', name: (row) => row.account },
  combo: { list: 'byCombo', name: (row) => row.combo },
};

export async function render(place, { signal }) {
  const state = { range: query().get('range') ?? '30d', measure: 'tokens', group: 'model', data: null };
  const holder = h('div', { class: 'stack gap-5' }, skeleton(8));
  const load = async () => {
    const ask = (path) => get(path, { signal });
    const hourly = state.range === '1d';
    const [analytics, history] = await Promise.all([
      ask(withQuery('/api/usage/analytics', { range: state.range })),
      ask(withQuery('/api/usage/history', { range: state.range, groupBy: hourly ? 'hour' : 'day', limit: 1 })),
    ]);
    state.data = { analytics, series: history.series, hourly };
    show(holder, view(state));
  };
  place.append(
    pageHead(
      t('page.usage'),
      t('usage.text'),
      segments(
        t('usage.range'),
        RANGES.map((name) => [name, t(`rangeShort.${name}`)]),
        state.range,
        (range) => {
          state.range = range;
          keepQuery({ range });
          load().catch(toastError);
        },
      ),
      button(t('usage.export'), { icon: 'download', onClick: () => exportCSV(state) }),
    ),
    holder,
  );
  await load();
}

function view(state) {
  const { summary } = state.data.analytics;
  if (summary.totalRequests === 0)
    return h('div', { class: 'card' }, empty('usage', t('usage.none'), t('usage.noneText')));
  return [
    figures(summary),
    overTime(state),
    ranking(state),
    calendar(state.data.analytics.activityMap, summary.streak),
  ];
}

function figures(summary) {
  const entries = [
    [
      t('home.requests'),
      short(summary.totalRequests),
      t('home.errorShare', { share: percent(summary.totalErrors / summary.totalRequests, 1) }),
    ],
    [
      t('requests.tokens'),
      short(summary.totalTokens),
      t('home.inOut', { in: short(summary.totalPromptTokens), out: short(summary.totalCompletionTokens) }),
    ],
    [
      t('requests.cost'),
      moneyShort(summary.totalCost),
      summary.unpricedRequests > 0 ? t('home.unpriced', { n: number(summary.unpricedRequests) }) : '',
    ],
    [
      t('usage.cached'),
      short(summary.totalCachedTokens),
      t('usage.cachedShare', { share: percent(summary.totalCachedTokens / (summary.totalPromptTokens || 1)) }),
    ],
    [t('usage.savedByCache'), moneyShort(summary.totalSavedCost), ''],
  ];
  return h(
    'section',
    { class: 'figures', 'aria-label': t('usage.summary') },
    entries.map(([name, value, note]) => {
      const one = figure(name);
      one.set(value, '', note);
      return one.element;
    }),
  );
}

function overTime(state) {
  const place = h('div', { class: 'stack gap-3' });
  const draw = () =>
    show(
      place,
      state.measure === 'tokens' && !state.data.hourly
        ? tokensByModel(state.data.analytics, state.range)
        : plain(state),
    );
  draw();
  return card(
    t('usage.overTime'),
    {
      actions: segments(
        t('usage.measure'),
        Object.keys(MEASURES).map((name) => [name, t(`measure.${name}`)]),
        state.measure,
        (name) => {
          state.measure = name;
          draw();
        },
      ),
    },
    body(place),
  );
}

function plain({ data, measure, range }) {
  const { of, format } = MEASURES[measure];
  const element = chart({ label: t(`measure.${measure}`), height: 220 });
  const label = (start) =>
    data.hourly ? new Date(start).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }) : day(start);
  const points = filled(data.series, data.hourly, range);
  element.data = {
    kind: 'bars',
    labels: points.map((point) => label(point.start)),
    format,
    series: [{ name: t(`measure.${measure}`), values: points.map(of) }],
  };
  return element;
}

/** The series up to now, with the periods in which nothing happened; a range without a length begins with its first request. */
function filled(series, hourly, range) {
  const step = hourly ? 3_600_000 : 86_400_000;
  const known = new Map(series.map((one) => [Date.parse(one.start ?? one.date), one]));
  const last = Math.floor(Date.now() / step) * step;
  const first = last - (LENGTHS[range] - 1) * step || Math.min(last, ...known.keys());
  const none = { requests: 0, errors: 0, totalTokens: 0, cost: 0, averageLatencyMs: 0 };
  const length = Math.min(400, (last - first) / step + 1);
  return Array.from({ length }, (_, index) => {
    const start = last - (length - 1 - index) * step;
    return { ...none, ...known.get(start), start };
  });
}

/** The five models with most tokens, all others together. */
function tokensByModel({ dailyByModel }, range) {
  const days = filled(dailyByModel, false, range);
  const names = [...new Set(dailyByModel.flatMap((one) => Object.keys(one)))].filter((name) => name !== 'date');
  const total = (name) => dailyByModel.reduce((sum, one) => sum + (one[name] ?? 0), 0);
  const ordered = names.toSorted((one, other) => total(other) - total(one));
  const others = ordered.slice(5);
  const series = ordered.slice(0, 5).map((name) => ({ name, values: days.map((one) => one[name] ?? 0) }));
  if (others.length > 0)
    series.push({
      name: t('usage.others'),
      values: days.map((one) => others.reduce((sum, name) => sum + (one[name] ?? 0), 0)),
    });
  const element = chart({ label: t('measure.tokens'), height: 220 });
  element.data = { kind: 'bars', labels: days.map((one) => day(one.start)), format: short, series };
  return [element, legend(series.map((one) => (one.name.trim() === '()' ? t('usage.unserved') : one.name)))];
}

function ranking(state) {
  return h(
    'section',
    { class: 'card', 'aria-label': t('usage.by') },
    h(
      'div',
      { class: 'body top' },
      tabs(
        t('usage.by'),
        Object.entries(GROUPS).map(([name, group]) => [
          name,
          t(`usage.by.${name}`),
          () => {
            state.group = name;
            return rankingTable(state.data.analytics[group.list], group);
          },
        ]),
        state.group,
      ),
    ),
  );
}

function rankingTable(rows, group) {
  const most = Math.max(1, ...rows.map((row) => row.totalTokens));
  const list = table({
    label: t('usage.by'),
    empty: empty('usage', t('usage.noGroup')),
    columns: [
      {
        title: t('keys.name'),
        plain: true,
        by: (row) => group.name(row) ?? '',
        cell: (row) =>
          h('span', {}, group.name(row) || t('usage.unserved'), group.note && h('span', { class: 'faint' }, ` ${group.note(row)}`)),
      },
      { title: '', whole: true, cell: (row) => bar(row.totalTokens / most, t('usage.share')) },
      { title: t('home.requests'), end: true, by: (row) => row.requests, cell: (row) => number(row.requests) },
      { title: t('requests.tokens'), end: true, by: (row) => row.totalTokens, cell: (row) => number(row.totalTokens) },
      { title: t('requests.cost'), end: true, by: (row) => row.cost ?? -1, cell: (row) => money(row.cost) },
      {
        title: t('measure.errors'),
        end: true,
        by: (row) => row.errors,
        cell: (row) => (row.errors ? `${number(row.errors)} (${percent(row.errors / row.requests)})` : '0'),
      },
      {
        title: t('measure.latency'),
        end: true,
        by: (row) => row.averageLatencyMs ?? 0,
        cell: (row) => duration(row.averageLatencyMs),
      },
    ],
  });
  list.set(rows);
  return list.element;
}

/** A year of days, a column a week, shaded by tokens. */
function calendar(activity, streak) {
  const today = Date.parse(new Date().toISOString().slice(0, 10));
  const start = today - 364 * 86_400_000;
  const offset = new Date(start).getUTCDay();
  const values = Object.values(activity)
    .filter((tokens) => tokens > 0)
    .toSorted((one, other) => one - other);
  const level = (tokens) => (tokens > 0 ? Math.ceil(((values.indexOf(tokens) + 1) / values.length) * 4) : 0);
  const days = Array.from({ length: 365 }, (_, index) => {
    const date = new Date(start + index * 86_400_000).toISOString().slice(0, 10);
    const tokens = activity[date] ?? 0;
    return h('i', {
      'data-level': level(tokens),
      title: `${day(date)}: ${t('usage.tokensOf', { n: number(tokens) })}`,
    });
  });
  return card(
    t('usage.calendar'),
    { actions: h('span', { class: 'small soft' }, t('usage.streak', { n: streak })) },
    body(
      h(
        'div',
        { class: 'calendar', role: 'img', tabindex: '0', 'aria-label': t('usage.calendarLabel', { n: values.length }) },
        Array.from({ length: offset }, () => h('span')),
        days,
      ),
    ),
  );
}

function exportCSV({ data, range }) {
  if (!data) return;
  const fields = [
    'requests',
    'errors',
    'promptTokens',
    'completionTokens',
    'totalTokens',
    'cachedTokens',
    'cost',
    'averageLatencyMs',
  ];
  const row = (kind, name, group) => [kind, name, ...fields.map((field) => group[field])];
  saveCSV(`omniroute-usage-${range}.csv`, [
    ['kind', 'name', ...fields],
    ...data.series.map((one) => row('time', one.start, one)),
    ...Object.entries(GROUPS).flatMap(([kind, group]) =>
      data.analytics[group.list].map((one) =>
        row(kind, [group.name(one), group.note?.(one)].filter(Boolean).join(' · '), one),
      ),
    ),
  ]);
}
