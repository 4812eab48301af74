/** Evals: suites of questions, and what came of putting them to models. */

import { get, getKept, patch, post, remove, withQuery } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { NONE, ago, dateTime, duration, money, number } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { go } from '../core/router.js';
import { t } from '../core/texts.js';
import { badge, bar, button, card, empty, pageHead, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { deleteButton, editButton } from '../ui/row-actions.js';
import { table } from '../ui/table.js';
import { toast, toastError } from '../ui/toasts.js';
import { suiteForm } from './eval-suite-form.js';

/** How often runs under way are looked at, in milliseconds. */
export const WATCH = 1000;

const TONES = { completed: 'good', running: 'accent', queued: '', stopped: 'warn', failed: 'bad' };

export const runStatus = (run) => badge(t(`evals.status.${run.status}`), TONES[run.status] ?? '', { dot: true });

export const isUnderWay = (run) => ['queued', 'running'].includes(run.status);

/** Passed of judged, as a bar with its number. */
export function passRate(tally) {
  const share = tally.total ? tally.passed / tally.total : 0;
  return h(
    'span',
    { class: 'line nowrap' },
    bar(share, t('evals.passed'), share < 0.5 ? 'bad' : share < 0.9 ? 'warn' : ''),
    h('span', { class: 'number small' }, `${number(tally.passed)} / ${number(tally.total)}`),
  );
}

/** What answers cost, as far as their prices are known. */
export const costOf = (tally) =>
  tally.unpriced === 0 ? money(tally.costUsd) : tally.costUsd > 0 ? `≥ ${money(tally.costUsd)}` : NONE;

export async function render(place, { signal }) {
  const suites = h('div', { class: 'stack' }, skeleton(4));
  const runs = runList(signal);
  const refresh = async () => {
    const list = await get('/api/evals', { signal });
    show(
      suites,
      list.map((suite) => suiteCard(suite, refresh)),
    );
  };
  place.append(
    pageHead(
      t('page.evals'),
      t('evals.text'),
      button(t('evals.add'), { icon: 'plus', kind: 'primary', onClick: () => openSuite(null, refresh) }),
    ),
    suites,
    runs.element,
  );
  await Promise.all([refresh(), runs.load()]);
}

function suiteCard(suite, refresh) {
  return card(
    suite.name,
    {
      actions: [
        suite.isBuiltIn && badge(t('evals.builtIn')),
        badge(t('evals.cases', { n: suite.caseCount })),
        button(t('evals.run'), { icon: 'play', kind: 'slim', onClick: () => openRun(suite) }),
        suite.isBuiltIn
          ? button(t('evals.copy'), {
              icon: 'copy',
              iconOnly: true,
              kind: 'quiet slim',
              onClick: async () => openSuite(copyOf(await whole(suite)), refresh),
            })
          : editButton(async () => openSuite(await whole(suite), refresh)),
        !suite.isBuiltIn &&
          deleteButton(t('evals.deleteTitle', { name: suite.name }), t('evals.deleteText'), async () => {
            await remove(`/api/evals/${suite.id}`);
            await refresh();
          }),
      ],
    },
    h(
      'div',
      { class: 'body stack gap-2' },
      suite.description && h('p', { class: 'soft small' }, suite.description),
      h(
        'details',
        {},
        h('summary', {}, t('evals.showCases')),
        h(
          'ol',
          { class: 'stack gap-2' },
          suite.cases.map((one) =>
            h('li', { class: 'small' }, h('strong', {}, one.name), ' ', h('span', { class: 'soft' }, question(one))),
          ),
        ),
      ),
    ),
  );
}

/** What a case asks, as one text. */
function question(one) {
  const { content } = one.input.messages.at(-1);
  return typeof content === 'string' ? content : JSON.stringify(content);
}

const whole = (suite) => get(`/api/evals/${suite.id}`);

const copyOf = (suite) => ({ ...suite, id: null, name: t('evals.copyOf', { name: suite.name }) });

function openSuite(suite, refresh) {
  openDialog(
    suite?.id ? t('evals.edit', { name: suite.name }) : t('evals.add'),
    (close) =>
      suiteForm(suite, {
        cancel: close,
        onSave: async (values) => {
          if (suite?.id) await patch(`/api/evals/${suite.id}`, values);
          else await post('/api/evals', values);
          close();
          toast(t('action.saved'), 'good');
          await refresh();
        },
      }),
    { kind: 'wide' },
  );
}

/** Asks what to run the suite against; the page of the run shows how it gets on. */
async function openRun(suite) {
  const [models, { keys }] = await Promise.all([modelNames(), getKept('/api/keys')]);
  openDialog(
    t('evals.runOf', { name: suite.name }),
    (close) =>
      form(
        [
          {
            name: 'models',
            label: t('evals.models'),
            type: 'list',
            hint: t('evals.modelsHint', { example: models[0] ?? 'sim/echo' }),
            required: true,
          },
          { name: 'judgeModel', label: t('evals.judgeModel'), suggestions: models, hint: t('evals.judgeModelHint') },
          { name: 'maxCostUsd', label: t('evals.maxCost'), type: 'number', hint: t('evals.maxCostHint') },
          { name: 'concurrency', label: t('evals.concurrency'), type: 'number', value: 4 },
          { name: 'timeoutMs', label: t('evals.timeout'), type: 'number', value: 60_000, reads: duration },
          {
            name: 'keyId',
            label: t('evals.key'),
            type: 'select',
            options: [['', t('evals.noKey')], ...keys.map((key) => [key.id, key.name])],
            hint: t('evals.keyHint'),
          },
          { name: 'note', label: t('evals.note'), whole: true },
        ],
        {
          cancel: close,
          save: t('evals.start'),
          onSave: async (values) => {
            const run = await post('/api/evals', { ...values, suiteId: suite.id });
            close();
            go(`/dashboard/evals/runs/${run.id}`);
          },
        },
      ).element,
    { kind: 'wide' },
  );
}

/** Runs, newest first, looked at again while one is under way; some may be chosen to be compared. */
function runList(signal) {
  const chosen = new Set();
  const compare = button(t('evals.compare'), {
    icon: 'usage',
    kind: 'slim',
    onClick: () => go(withQuery('/dashboard/evals/compare', { runs: [...chosen].join(',') })),
  });
  const tell = () => {
    compare.disabled = chosen.size < 2;
  };
  tell();
  const list = table({
    label: t('evals.runs'),
    onRow: (run) => go(`/dashboard/evals/runs/${run.id}`),
    columns: runColumns(chosen, tell),
    empty: empty('evals', t('evals.noRuns'), t('evals.noRunsText')),
  });
  const load = async () => {
    const { runs } = await get('/api/evals/runs?limit=50', { signal });
    list.set(runs);
    if (!runs.some(isUnderWay)) return;
    setTimeout(() => {
      if (!signal.aborted) load().catch(toastError);
    }, WATCH);
  };
  return { element: card(t('evals.runs'), { actions: [compare] }, list.element), load };
}

function runColumns(chosen, tell) {
  return [
    {
      title: '',
      plain: true,
      cell: (run) =>
        h('input', {
          type: 'checkbox',
          'aria-label': t('evals.choose', { name: run.suiteName, when: dateTime(run.createdAt) }),
          '.checked': chosen.has(run.id),
          onChange: (event) => {
            if (event.target.checked) chosen.add(run.id);
            else chosen.delete(run.id);
            tell();
          },
        }),
    },
    {
      title: t('evals.suite'),
      plain: true,
      by: (run) => run.suiteName,
      cell: (run) =>
        h(
          'span',
          { class: 'stack gap-1' },
          h('a', { href: `/dashboard/evals/runs/${run.id}` }, run.suiteName),
          run.note && h('span', { class: 'tiny faint' }, run.note),
        ),
    },
    { title: t('evals.models'), whole: true, cell: (run) => h('code', { class: 'cut' }, run.models.join(', ')) },
    { title: t('evals.statusTitle'), cell: (run) => runStatus(run) },
    {
      title: t('evals.passed'),
      by: (run) => run.summary.passRate,
      cell: (run) => passRate(run.summary),
    },
    { title: t('evals.cost'), end: true, by: (run) => run.costUsd, cell: (run) => costOf(run.summary) },
    {
      title: t('evals.latency'),
      end: true,
      by: (run) => run.summary.avgLatencyMs ?? 0,
      cell: (run) => duration(run.summary.avgLatencyMs),
    },
    { title: t('evals.when'), end: true, by: (run) => run.createdAt, cell: (run) => ago(run.createdAt) },
  ];
}
