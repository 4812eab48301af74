/** The builder of a combo: its steps in order, its strategy, its options. */

import { h } from '../core/dom.js';
import { duration } from '../core/format.js';
import { t } from '../core/texts.js';
import { button } from '../ui/controls.js';
import { fieldOf, form } from '../ui/form.js';
import { grip, reorderable } from '../ui/reorder.js';
import { conditionWords, stepDetails } from './combo-step.js';

const STRATEGIES = [
  'priority',
  'weighted',
  'round-robin',
  'random',
  'least-used',
  'least-busy',
  'lowest-latency',
  'cost-optimized',
  'context-aware',
  'quota-aware',
  'lkgp',
];
const OPTIONS = ['maxAttempts', 'maxRetries', 'timeoutMs'];

/**
 * @param {object | null} combo
 * @param {string[]} models
 * @param {{ onSave: (values: object) => Promise<unknown>, cancel: () => void }} options
 */
export function comboForm(combo, models, { onSave, cancel }) {
  const steps = stepList(combo?.models ?? [], models);
  const parts = form(
    [
      {
        name: 'name',
        label: t('combos.name'),
        value: combo?.name,
        required: true,
        hint: t('combos.nameHint'),
        attributes: { placeholder: 'coding' },
      },
      {
        name: 'strategy',
        label: t('combos.strategy'),
        type: 'select',
        value: combo?.strategy ?? 'priority',
        options: STRATEGIES.map((name) => [name, t(`strategy.${name}`)]),
      },
    ],
    {
      cancel,
      between: h('div', { class: 'stack' }, steps.element, moreOptions(combo)),
      onSave: ({ name, strategy }) =>
        onSave({ name, strategy, models: steps.value(strategy), ...options(parts.element, combo) }),
    },
  );
  const hint = h('p', { class: 'hint tiny faint whole' });
  const explain = () => {
    hint.textContent = t(`strategyText.${parts.fields.strategy.value}`);
    steps.weigh(parts.fields.strategy.value === 'weighted');
  };
  parts.fields.strategy.input.addEventListener('change', explain);
  parts.fields.strategy.element.append(hint);
  explain();
  return parts.element;
}

function stepList(given, models) {
  const list = h('ol', { class: 'items step-list' });
  const adder = fieldOf({
    name: 'step',
    label: t('combos.addStep'),
    suggestions: models,
    attributes: { placeholder: models.find((id) => !id.startsWith('sim/')) ?? 'sim/echo' },
  });
  let next = 0;
  let isWeighted = false;
  reorderable(
    list,
    (name, place) => t('order.moved', { name, place }),
    () => {},
  );
  const add = (step) => {
    next += 1;
    const details = stepDetails(step);
    const words = h('div', { class: 'tiny faint cut' }, conditionWords(step).join(' · '));
    details.element.hidden = true;
    const more = button(t('step.when', { name: step.model }), {
      icon: 'settings',
      iconOnly: true,
      kind: 'quiet slim',
      'aria-expanded': 'false',
      onClick: () => {
        details.element.hidden = !details.element.hidden;
        more.setAttribute('aria-expanded', String(!details.element.hidden));
        words.textContent = conditionWords(details.value).join(' · ');
      },
    });
    const item = h(
      'li',
      { class: 'with-details', dataset: { id: String(next), name: step.model } },
      grip(t('combos.move', { name: step.model })),
      h('div', { class: 'grow' }, h('code', { class: 'cut' }, step.model), words),
      h('input', {
        class: 'input weight',
        type: 'number',
        min: 0,
        step: 'any',
        value: step.weight ?? 1,
        'aria-label': t('combos.weightOf', { name: step.model }),
        hidden: !isWeighted,
      }),
      more,
      button(t('action.remove'), { icon: 'close', iconOnly: true, kind: 'quiet slim', onClick: () => item.remove() }),
      details.element,
    );
    item.details = details;
    list.append(item);
  };
  const take = () => {
    const model = adder.value.trim();
    if (!model) return;
    add({ model });
    adder.value = '';
    adder.input.focus();
  };
  adder.input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      take();
    }
  });
  for (const step of given) add(typeof step === 'string' ? { model: step } : step);
  return {
    element: h(
      'fieldset',
      { class: 'stack gap-2' },
      h('legend', {}, t('combos.steps')),
      list,
      h(
        'div',
        { class: 'line step-adder' },
        h('div', { class: 'grow' }, adder.element),
        button(t('action.add'), { icon: 'plus', onClick: take }),
      ),
    ),
    weigh(next) {
      isWeighted = next;
      for (const input of list.querySelectorAll('.weight')) input.hidden = !next;
    },
    /** What stands in the adder still counts: people press save without pressing add. */
    value(strategy) {
      take();
      return [...list.children].map((item) => {
        const weight = Number(item.querySelector('.weight').value);
        const step = item.details.value;
        return strategy === 'weighted' ? { ...step, weight } : step;
      });
    },
  };
}

function moreOptions(combo) {
  const fields = OPTIONS.map((name) =>
    fieldOf({
      name: `config.${name}`,
      label: t(`combos.${name}`),
      type: 'number',
      value: combo?.config?.[name],
      hint: name.endsWith('Ms') ? null : t('combos.defaultHint'),
      reads: name.endsWith('Ms') ? duration : undefined,
    }),
  );
  const active = fieldOf({
    name: 'isActive',
    label: t('combos.active'),
    type: 'switch',
    value: combo?.isActive ?? true,
  });
  return h(
    'details',
    {},
    h('summary', {}, t('combos.options')),
    h(
      'div',
      { class: 'fields' },
      fields.map((field) => field.element),
      active.element,
    ),
  );
}

function options(element, combo) {
  const read = (name) => element.querySelector(`[name="${name}"]`);
  const config = { ...combo?.config };
  for (const name of OPTIONS) {
    const text = read(`config.${name}`).value.trim();
    if (text === '') delete config[name];
    else config[name] = Number(text);
  }
  return { config, isActive: read('isActive').checked };
}
