/** The audit log: who changed what, when and from where. */

import { get, withQuery } from '../core/api.js';
import { debounce, h, show } from '../core/dom.js';
import { dateTime, time } from '../core/format.js';
import { keepQuery, query } from '../core/router.js';
import { t, tOr } from '../core/texts.js';
import { badge, button, code, empty, facts, notice, pageHead } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { table } from '../ui/table.js';
import { toastError } from '../ui/toasts.js';

const PAGE = 50;
const FILTERS = ['action', 'actor', 'target', 'ip', 'outcome', 'from', 'to'];
const AREAS = [
  'auth',
  'tokens',
  'logins',
  'password',
  'keys',
  'providers',
  'oauth',
  'settings',
  'combos',
  'aliases',
  'policies',
  'budgets',
  'daemon',
  'audit',
];
const TONES = { success: 'good', failure: 'bad', refused: 'warn' };

export async function render(place, { signal }) {
  const values = Object.fromEntries(FILTERS.map((name) => [name, query().get(name) ?? '']));
  let entries = [];
  const list = table({
    label: t('page.audit'),
    columns: columns(),
    keyOf: (entry) => entry.id,
    onRow: showEntry,
    empty: empty('audit', t('audit.none'), t('audit.noneText')),
  });
  const more = button(t('audit.more'), { onClick: () => load(true) });
  const verdict = h('div', { 'aria-live': 'polite' });
  const download = button(t('usage.export'), { icon: 'download', kind: 'slim', href: '#', download: '' });

  async function load(isNext = false) {
    const page = await get(
      withQuery('/api/compliance/audit-log', { ...asked(values), limit: PAGE, cursor: isNext ? entries.at(-1).id : '' }),
      { signal },
    );
    entries = isNext ? [...entries, ...page] : page;
    list.set(entries);
    more.hidden = page.length < PAGE;
    download.href = withQuery('/api/compliance/audit-log', { ...asked(values), format: 'csv', limit: 1000 });
  }
  function change(name, value) {
    values[name] = value;
    keepQuery(values);
    load().catch((error) => {
      if (!signal.aborted) toastError(error);
    });
  }
  async function verify() {
    const { valid, entries: count, message } = await get('/api/compliance/audit-log/verify', { signal });
    show(verdict, notice(valid ? t('audit.sound', { n: count }) : message, valid ? 'good' : 'bad'));
  }

  place.append(
    pageHead(
      t('page.audit'),
      t('audit.text'),
      button(t('audit.verify'), { icon: 'check', kind: 'slim', onClick: verify }),
      download,
    ),
    verdict,
    h(
      'div',
      { class: 'card' },
      h('div', { class: 'body top' }, filters(values, change)),
      list.element,
      h('div', { class: 'form-foot', dataset: { part: 'more' } }, more),
    ),
  );
  await load();
}

/** Days as the API takes them: from the beginning of one to the end of another, in the time of this browser. */
function asked(values) {
  const at = (day, days) => {
    const date = new Date(`${day}T00:00:00`);
    date.setDate(date.getDate() + days);
    return date.toISOString();
  };
  return {
    ...values,
    action: values.action && `${values.action}.*`,
    from: values.from && at(values.from, 0),
    to: values.to && at(values.to, 1),
  };
}

function filters(values, change) {
  const select = (name, label, options) =>
    h(
      'select',
      { class: 'input', 'aria-label': label, onChange: (event) => change(name, event.target.value) },
      [['', label], ...options].map(([value, text]) => h('option', { value, selected: values[name] === value }, text)),
    );
  const input = (name, label, type = 'search') =>
    h('input', {
      class: 'input',
      type,
      'aria-label': label,
      placeholder: label,
      title: label,
      value: values[name],
      onInput: debounce((event) => change(name, event.target.value.trim())),
    });
  return h(
    'div',
    { class: 'line wrap filter-line', role: 'search' },
    select(
      'action',
      t('audit.allAreas'),
      AREAS.map((name) => [name, tOr(`audit.area.${name}`, name)]),
    ),
    select(
      'outcome',
      t('audit.allOutcomes'),
      Object.keys(TONES).map((name) => [name, t(`audit.${name}`)]),
    ),
    input('actor', t('audit.actor')),
    input('target', t('audit.target')),
    input('ip', t('audit.address')),
    input('from', t('audit.from'), 'date'),
    input('to', t('audit.to'), 'date'),
  );
}

function columns() {
  return [
    {
      title: t('audit.time'),
      plain: true,
      cell: (entry) =>
        h('time', { class: 'nowrap', datetime: entry.timestamp, title: dateTime(entry.timestamp) }, when(entry)),
    },
    { title: t('audit.outcome'), plain: true, cell: outcome },
    { title: t('audit.action'), plain: true, whole: true, cell: (entry) => h('strong', {}, entry.action) },
    { title: t('audit.actor'), cell: (entry) => h('span', { class: 'cut' }, entry.actorName ?? entry.actor) },
    {
      title: t('audit.target'),
      cell: (entry) =>
        h('span', { class: 'cut soft', title: entry.target }, entry.details.name ?? entry.target ?? '–'),
    },
    { title: t('audit.address'), cell: (entry) => h('span', { class: 'nowrap soft' }, entry.ip_address ?? '–') },
  ];
}

/** The time alone where it is of today. */
function when(entry) {
  const isToday = new Date(entry.timestamp).toDateString() === new Date().toDateString();
  return isToday ? time(entry.timestamp) : dateTime(entry.timestamp);
}

function outcome(entry) {
  return badge(t(`audit.${entry.outcome}`), TONES[entry.outcome], { dot: true });
}

function showEntry(entry) {
  openDialog(
    entry.action,
    () =>
      h(
        'div',
        { class: 'stack' },
        facts([
          [t('audit.time'), dateTime(entry.timestamp)],
          [t('audit.outcome'), outcome(entry)],
          [t('audit.actor'), entry.actorName ? `${entry.actorName} (${entry.actor})` : entry.actor],
          [t('audit.target'), entry.target],
          [t('audit.address'), entry.ip_address],
          [t('audit.request'), entry.requestId],
        ]),
        h('h3', {}, t('audit.details')),
        code(JSON.stringify(entry.details, null, 2)),
      ),
    { kind: 'drawer' },
  );
}
