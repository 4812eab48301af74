/** One run of an eval, followed while it is under way. */

import { get, remove, withQuery } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { dateTime, duration, money, number } from '../core/format.js';
import { go } from '../core/router.js';
import { t } from '../core/texts.js';
import { badge, bar, body, button, card, empty, facts, notice, pageHead, segments } from '../ui/controls.js';
import { deleteButton } from '../ui/row-actions.js';
import { table } from '../ui/table.js';
import { toastError } from '../ui/toasts.js';
import { WATCH, costOf, isUnderWay, passRate, runStatus } from './evals.js';

export async function render(place, { parts, signal }) {
  const path = `/api/evals/runs/${encodeURIComponent(parts.id)}`;
  let run;
  try {
    run = await get(path, { signal });
  } catch (error) {
    if (error.status !== 404) throw error;
    place.append(
      empty('search', t('evals.gone'), t('evals.goneText'), button(t('page.evals'), { href: '/dashboard/evals' })),
    );
    return;
  }
  const head = h('div', { class: 'stack' });
  const progress = h('div', {});
  const models = table({ label: t('evals.models'), columns: modelColumns() });
  const results = resultList(run.results);
  let shown = null;
  const draw = () => {
    // Not with every look: whoever is on the button stays there.
    if (shown !== run.status) show(head, headOf(run, path));
    shown = run.status;
    show(progress, progressOf(run));
    models.set(run.byModel);
  };
  const follow = async () => {
    const next = await get(withQuery(path, { after: results.count }), { signal });
    results.add(next.results);
    run = next;
    draw();
    wait();
  };
  let isWaiting = false;
  function wait() {
    if (!isUnderWay(run) || isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      if (!signal.aborted) follow().catch(toastError);
    }, WATCH);
  }
  draw();
  place.append(
    head,
    progress,
    card(t('evals.models'), {}, models.element),
    card(t('evals.results'), { actions: [results.filter] }, results.element),
  );
  const others = await compareWith(run, signal);
  if (others) place.append(others);
  wait();
}

function headOf(run, path) {
  return pageHead(
    run.suiteName,
    h(
      'span',
      { class: 'line wrap' },
      runStatus(run),
      h('span', {}, dateTime(run.createdAt)),
      run.note && h('span', {}, run.note),
    ),
    isUnderWay(run)
      ? button(t('evals.cancel'), { icon: 'stop', onClick: () => remove(path) })
      : deleteButton(t('evals.removeTitle'), t('evals.removeText'), async () => {
          await remove(path);
          go('/dashboard/evals');
        }),
  );
}

function progressOf(run) {
  const { options } = run;
  return h(
    'div',
    { class: 'stack' },
    isUnderWay(run) &&
      h(
        'div',
        { class: 'line' },
        bar(run.progress.done / Math.max(1, run.progress.total), t('evals.progress')),
        h('span', { class: 'small number' }, t('evals.done', { n: run.progress.done, all: run.progress.total })),
      ),
    run.reason && notice(run.reason, run.status === 'failed' ? 'bad' : 'warn', { live: true }),
    card(
      t('evals.about'),
      {},
      body(
        facts([
          [t('evals.cost'), costOf(run.summary)],
          [t('evals.tokens'), `${number(run.summary.inputTokens)} / ${number(run.summary.outputTokens)}`],
          [t('evals.maxCost'), options.maxCostUsd == null ? null : money(options.maxCostUsd)],
          [t('evals.concurrency'), number(options.concurrency)],
          [t('evals.answerTime'), duration(options.timeoutMs)],
          [t('evals.judgeModel'), options.judgeModel],
          [t('evals.duration'), run.finishedAt && run.startedAt && duration(new Date(run.finishedAt) - new Date(run.startedAt))],
        ]),
      ),
    ),
  );
}

function modelColumns() {
  return [
    { title: t('evals.model'), plain: true, by: (one) => one.model, cell: (one) => h('code', { class: 'cut' }, one.model) },
    { title: t('evals.passed'), by: (one) => one.passRate, cell: (one) => passRate(one) },
    { title: t('evals.errors'), end: true, by: (one) => one.errors, cell: (one) => number(one.errors) },
    { title: t('evals.cost'), end: true, by: (one) => one.costUsd, cell: (one) => costOf(one) },
    {
      title: t('evals.latency'),
      end: true,
      by: (one) => one.avgLatencyMs ?? 0,
      cell: (one) => duration(one.avgLatencyMs),
    },
  ];
}

/** Results as they come, all of them or those that did not pass. */
function resultList(given) {
  const list = h('ol', { class: 'items' });
  const none = empty('clock', t('evals.noResults'));
  const element = h('div', {}, list, none);
  const results = [];
  let showsAll = true;
  const add = (more) => {
    for (const result of more) {
      results.push(result);
      const item = resultItem(result);
      item.hidden = !showsAll && result.passed;
      list.append(item);
    }
    none.hidden = results.length > 0;
  };
  add(given);
  return {
    element,
    get count() {
      return results.length;
    },
    add,
    filter: segments(t('evals.show'), [['all', t('evals.all')], ['bad', t('evals.notPassed')]], 'all', (value) => {
      showsAll = value === 'all';
      [...list.children].forEach((item, index) => {
        item.hidden = !showsAll && results[index].passed;
      });
    }),
  };
}

export const outcome = (result) =>
  badge(t(`evals.outcome.${result.outcome}`), { passed: 'good', failed: 'bad' }[result.outcome] ?? 'warn', { dot: true });

function resultItem(result) {
  return h(
    'li',
    { class: 'eval-result' },
    h(
      'details',
      { class: 'grow' },
      h(
        'summary',
        { class: 'line wrap' },
        outcome(result),
        h('span', { class: 'grow cut' }, result.caseName),
        h('code', { class: 'tiny faint cut' }, result.model),
        h('span', { class: 'tiny number faint nowrap' }, `${duration(result.latencyMs)} · ${money(result.costUsd)}`),
      ),
      resultDetail(result),
    ),
  );
}

/** What was answered and what the judges said. */
export function resultDetail(result) {
  return h(
    'div',
    { class: 'stack gap-2 eval-detail' },
    result.error && notice(result.error, 'bad'),
    result.details.judgements.map((one) =>
      h(
        'p',
        { class: 'small' },
        badge(t(`evals.judge.${one.type}`), one.verdict === 'pass' ? 'good' : one.verdict === 'fail' ? 'bad' : 'warn'),
        ' ',
        one.reason,
        one.score != null && h('span', { class: 'faint' }, ` (${number(one.score, 2)})`),
      ),
    ),
    h('div', { class: 'code' }, h('pre', { tabindex: '0' }, h('code', {}, result.output || t('evals.noOutput')))),
    result.requestId &&
      result.statusCode != null &&
      h('a', { class: 'tiny', href: `/dashboard/requests/${result.requestId}` }, t('evals.request')),
  );
}

/** Other runs of the same suite to hold this one against. */
async function compareWith(run, signal) {
  const { runs } = await get(withQuery('/api/evals/runs', { suiteId: run.suiteId, limit: 20 }), { signal });
  const others = runs.filter((one) => one.id !== run.id);
  if (others.length === 0) return null;
  return card(
    t('evals.compareWith'),
    {},
    h(
      'ul',
      { class: 'items' },
      others.map((one) =>
        h(
          'li',
          {},
          h(
            'a',
            {
              class: 'grow cut',
              href: withQuery('/dashboard/evals/compare', { runs: `${one.id},${run.id}` }),
            },
            `${dateTime(one.createdAt)} · ${one.models.join(', ')}`,
          ),
          passRate(one.summary),
        ),
      ),
    ),
  );
}
