/** Runs of evals side by side, case by case. */

import { get, withQuery } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { dateTime, duration } from '../core/format.js';
import { query } from '../core/router.js';
import { t } from '../core/texts.js';
import { badge, button, card, empty, pageHead, segments } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { table } from '../ui/table.js';
import { costOf, passRate } from './evals.js';
import { outcome, resultDetail } from './eval-run.js';

const TONES = { fixed: 'good', broken: 'bad' };

export async function render(place, { signal }) {
  let compared;
  try {
    compared = await get(withQuery('/api/evals/compare', { runs: query().get('runs') ?? '' }), { signal });
  } catch (error) {
    if (![400, 404].includes(error.status)) throw error;
    place.append(
      empty('search', t('evals.gone'), error.message, button(t('page.evals'), { href: '/dashboard/evals' })),
    );
    return;
  }
  const { columns, cases } = compared;
  const rows = table({ label: t('evals.casesTitle'), columns: caseColumns(columns) });
  const filter = segments(
    t('evals.show'),
    [
      ['all', t('evals.all')],
      ['changed', t('evals.changed')],
    ],
    'all',
    (value) => rows.set(value === 'all' ? cases : cases.filter(differs)),
  );
  const overview = table({ label: t('evals.runs'), columns: columnColumns() });
  overview.set(columns.map((column, index) => ({ ...column, index })));
  rows.set(cases);
  place.append(
    pageHead(t('page.evalCompare'), t('evals.compareText'), button(t('page.evals'), { href: '/dashboard/evals' })),
    card(t('evals.runs'), {}, overview.element),
    card(t('evals.casesTitle'), { actions: [filter] }, rows.element),
  );
}

const differs = (row) => row.cells.some((cell) => !cell || cell.change !== 'same');

function columnColumns() {
  return [
    {
      title: t('evals.model'),
      plain: true,
      cell: (one) =>
        h(
          'span',
          { class: 'stack gap-1' },
          h('a', { href: `/dashboard/evals/runs/${one.runId}` }, one.model),
          h('span', { class: 'tiny faint' }, [one.suiteName, dateTime(one.createdAt), one.note].filter(Boolean).join(' · ')),
        ),
    },
    { title: t('evals.passed'), cell: (one) => passRate(one) },
    {
      title: t('evals.changes'),
      cell: (one) =>
        one.index === 0
          ? badge(t('evals.baseline'), 'accent')
          : h(
              'span',
              { class: 'line wrap' },
              ['fixed', 'broken', 'missing']
                .filter((name) => one.changes[name] > 0)
                .map((name) => badge(`${one.changes[name]} ${t(`evals.change.${name}`)}`, TONES[name])),
            ),
    },
    { title: t('evals.cost'), end: true, cell: (one) => costOf(one) },
    { title: t('evals.latency'), end: true, cell: (one) => duration(one.avgLatencyMs) },
  ];
}

function caseColumns(columns) {
  return [
    {
      title: t('evals.case'),
      plain: true,
      by: (row) => row.caseName,
      cell: (row) =>
        h(
          'span',
          { class: 'line wrap' },
          row.caseName,
          row.isChanged && badge(t('evals.caseChanged'), 'warn'),
        ),
    },
    ...columns.map((column, index) => ({
      title: column.model,
      cell: (row) => cellOf(row, row.cells[index], index),
    })),
    {
      title: '',
      cell: (row) =>
        button(t('evals.sideBySide'), { icon: 'search', iconOnly: true, kind: 'quiet slim', onClick: () => openRow(row, columns) }),
    },
  ];
}

function cellOf(row, cell, index) {
  if (!cell) return h('span', { class: 'faint' }, '–');
  return h(
    'span',
    { class: 'line wrap' },
    outcome(cell.result),
    index > 0 && TONES[cell.change] && badge(t(`evals.change.${cell.change}`), TONES[cell.change]),
  );
}

/** The answers to one case beside each other. */
function openRow(row, columns) {
  openDialog(
    row.caseName,
    () => {
      const place = h('div', { class: 'columns' });
      show(
        place,
        columns.map((column, index) => {
          const cell = row.cells[index];
          return h(
            'section',
            { class: 'stack gap-2', 'aria-label': column.model },
            h('h3', {}, column.model),
            h('p', { class: 'tiny faint' }, dateTime(column.createdAt)),
            cell ? [h('div', {}, outcome(cell.result)), resultDetail(cell.result)] : h('p', { class: 'soft' }, '–'),
          );
        }),
      );
      return place;
    },
    { kind: 'wide' },
  );
}
