/** Combos: chains of models under one name, with a dry run and counts of each step. */

import { forget, get, getKept, patch, post, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { duration, number, percent } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { keepQuery, query } from '../core/router.js';
import { t } from '../core/texts.js';
import { badge, bar, body, button, card, empty, notice, pageHead, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { fieldOf } from '../ui/form.js';
import { toast } from '../ui/toasts.js';
import { comboForm } from './combo-form.js';
import { conditionWords } from './combo-step.js';
import { deleteButton, editButton } from '../ui/row-actions.js';

export async function render(place, { signal }) {
  const list = h('div', { class: 'stack' }, skeleton(4));
  const refresh = async () => {
    const [{ combos }, { metrics }] = await Promise.all([
      get('/api/combos', { signal }),
      get('/api/combos/metrics', { signal }),
    ]);
    show(
      list,
      combos.length === 0
        ? h(
            'div',
            { class: 'card' },
            empty(
              'combos',
              t('combos.none'),
              t('combos.noneText'),
              button(t('combos.add'), { icon: 'plus', kind: 'primary', onClick: () => openForm(null, refresh) }),
            ),
          )
        : combos.map((combo) => comboCard(combo, metrics[combo.name], refresh)),
    );
  };
  const dry = await dryRun(query().get('explain') ?? '');
  place.append(
    pageHead(
      t('page.combos'),
      t('combos.text'),
      button(t('combos.add'), { icon: 'plus', kind: 'primary', onClick: () => openForm(null, refresh) }),
    ),
    list,
    dry,
  );
  await refresh();
  if (query().get('add')) {
    keepQuery({ add: '' });
    await openForm(null, refresh);
  }
}

function comboCard(combo, counts, refresh) {
  const steps = combo.models.map((step) => (typeof step === 'string' ? { model: step } : step));
  return card(
    combo.name,
    {
      actions: [
        badge(t(`strategy.${combo.strategy}`), 'accent'),
        !combo.isActive && badge(t('state.off')),
        button(t('combos.test'), { icon: 'test', kind: 'quiet slim', onClick: () => test(combo) }),
        editButton(() => openForm(combo, refresh)),
        deleteButton(t('combos.deleteTitle', { name: combo.name }), t('combos.deleteText'), async () => {
                await remove(`/api/combos/${combo.id}`);
                forget();
                await refresh();
              }),
      ],
    },
    h(
      'ol',
      { class: 'items' },
      steps.map((step, index) =>
        stepLine(
          step,
          index,
          counts?.steps?.find((one) => one.step === index),
        ),
      ),
    ),
    counts &&
      h(
        'div',
        { class: 'body top' },
        h(
          'div',
          { class: 'line wrap wide-gap small soft' },
          h('span', {}, t('combos.counts', { n: number(counts.totalRequests), share: percent(counts.successRate) })),
          h('span', {}, t('combos.fallbacks', { share: percent(counts.fallbackRate) })),
          h('span', {}, t('combos.average', { time: duration(counts.avgLatencyMs) })),
        ),
      ),
  );
}

function stepLine(step, index, counts) {
  const share = counts?.successRate ?? 0;
  return h(
    'li',
    {},
    h('span', { class: 'faint number' }, index + 1),
    h('div', { class: 'grow' }, h('code', { class: 'cut' }, step.model), conditionsOf(step)),
    step.weight != null && badge(t('combos.weight', { n: step.weight })),
    counts
      ? h(
          'span',
          { class: 'line small soft nowrap' },
          bar(share, t('combos.success'), share < 0.5 ? 'bad' : share < 0.9 ? 'warn' : ''),
          `${percent(share)} · ${number(counts.requests)}`,
        )
      : h('span', { class: 'tiny faint' }, t('combos.unused')),
  );
}

function conditionsOf(step) {
  const words = conditionWords(step);
  return words.length > 0 && h('div', { class: 'tiny faint' }, words.join(' · '));
}

async function openForm(combo, refresh) {
  const models = await modelNames();
  openDialog(
    combo ? t('combos.edit', { name: combo.name }) : t('combos.add'),
    (close) =>
      comboForm(combo, models, {
        cancel: close,
        onSave: async (values) => {
          const saved = combo ? await patch(`/api/combos/${combo.id}`, values) : await post('/api/combos', values);
          forget();
          close();
          if (saved.ignored?.length) toast(t('form.ignored', { names: saved.ignored.join(', ') }), 'bad');
          else toast(t('action.saved'), 'good');
          await refresh();
        },
      }),
    { kind: 'wide' },
  );
}

/** A small request to each step; it costs what small requests cost. */
async function test(combo) {
  const { results } = await post('/api/combos/test', { comboName: combo.name });
  openDialog(t('combos.testOf', { name: combo.name }), () =>
    h(
      'ol',
      { class: 'stack' },
      results.map((one) =>
        h(
          'li',
          { class: 'line wrap' },
          badge(one.statusCode ?? '–', one.status === 'ok' ? 'good' : one.status === 'skipped' ? '' : 'bad', {
            dot: true,
          }),
          h('code', { class: 'grow cut' }, one.model),
          h('span', { class: 'small number soft' }, duration(one.latencyMs)),
          one.error && h('div', { class: 'small fault' }, one.error),
        ),
      ),
    ),
  );
}

/** Asks where a request would go right now, without sending it. */
async function dryRun(model) {
  const [names, { keys }] = await Promise.all([modelNames(), getKept('/api/keys')]);
  const fields = [
    fieldOf({ name: 'model', label: t('explain.model'), value: model || names[0], suggestions: names }),
    fieldOf({
      name: 'keyId',
      label: t('explain.key'),
      type: 'select',
      options: [['', t('explain.noKey')], ...keys.map((key) => [key.id, key.name])],
    }),
    fieldOf({ name: 'inputTokens', label: t('explain.input'), type: 'number', value: 1000 }),
    fieldOf({ name: 'hasTools', label: t('explain.tools'), type: 'switch' }),
    fieldOf({ name: 'hasImages', label: t('explain.images'), type: 'switch' }),
  ];
  const result = h('div', { 'aria-live': 'polite' });
  const run = async () => {
    const values = Object.fromEntries(
      fields.map((field) => [field.name, field.value]).filter(([, value]) => value !== '' && value != null),
    );
    try {
      show(result, verdict(await post('/api/route/explain', values)));
    } catch (error) {
      show(result, notice(error.message, 'bad'));
    }
  };
  const form = h(
    'form',
    {
      class: 'stack',
      onSubmit: (event) => {
        event.preventDefault();
        run();
      },
    },
    h(
      'div',
      { class: 'fields' },
      fields.map((field) => field.element),
    ),
    h('div', { class: 'form-foot' }, button(t('explain.action'), { type: 'submit', icon: 'play' })),
  );
  if (model) run();
  return card(
    t('explain.title'),
    { id: 'explain' },
    body(h('p', { class: 'small soft' }, t('explain.text')), form, result),
  );
}

function verdict(answer) {
  const chosen = answer.target;
  const head =
    answer.decision === 'attempt'
      ? notice(t('explain.attempt', { target: `${chosen.provider}/${chosen.model}` }), 'good')
      : answer.decision === 'wait'
        ? notice(t('explain.wait', { time: duration(answer.waitMs) }), 'warn')
        : notice(`${t('explain.refuse')}${answer.reason ? ` ${answer.reason}` : ''}`, 'bad');
  return h(
    'div',
    { class: 'stack' },
    head,
    answer.policy && notice(t('explain.policy', { name: answer.policy.name, action: answer.policy.action.type })),
    h(
      'ol',
      { class: 'stack gap-1' },
      answer.candidates.map((one, index) =>
        h(
          'li',
          { class: 'line small' },
          h('span', { class: 'faint number' }, index + 1),
          h('code', { class: 'grow cut' }, `${one.provider}/${one.model}`),
          badge(one.decision, one.decision === 'chosen' ? 'good' : one.decision.startsWith('skipped') ? 'warn' : ''),
          one.readyInMs != null && h('span', { class: 'number faint' }, duration(one.readyInMs)),
        ),
      ),
    ),
    answer.skippedSteps.map((step) => h('p', { class: 'small soft' }, `${step.step}: ${step.reason}`)),
  );
}
