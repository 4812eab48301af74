/** What one step of a combo is for, and how it is tried. */

import { DIALECT_NAMES } from '../core/dialects.js';
import { h } from '../core/dom.js';
import { duration, number } from '../core/format.js';
import { t } from '../core/texts.js';
import { chips } from '../ui/chips.js';
import { fieldOf } from '../ui/form.js';

const TRAITS = ['tools', 'images', 'reasoning'];
const NUMBERS = ['timeoutMs', 'maxRetries', 'concurrency'];
const LIMITS = ['minInputTokens', 'maxInputTokens'];

const asText = (value) => (value == null ? '' : String(value));

/**
 * @param {object} step as the API has it.
 * @returns {{ element: HTMLElement, value: object }} value: the step with what was chosen.
 */
export function stepDetails(step) {
  const conditions = step.conditions ?? {};
  const limits = LIMITS.map((name) =>
    fieldOf({ name, label: t(`policies.${name}`), type: 'number', value: conditions[name], attributes: { min: 0 } }),
  );
  const traits = TRAITS.map((name) =>
    fieldOf({
      name,
      label: t(`step.${name}`),
      type: 'select',
      value: asText(conditions[name]),
      options: [
        ['', t('step.either')],
        ['true', t('step.with')],
        ['false', t('step.without')],
      ],
    }),
  );
  const formats = chips(t('step.formats'), Object.entries(DIALECT_NAMES), conditions.formats ?? [], {
    hint: t('step.formatsHint'),
  });
  const numbers = NUMBERS.map((name) =>
    fieldOf({
      name,
      label: t(`step.${name}`),
      type: 'number',
      value: step[name],
      hint: name === 'timeoutMs' ? null : t('step.numberHint'),
      reads: name === 'timeoutMs' ? duration : undefined,
      attributes: { min: 0 },
    }),
  );
  return {
    element: h(
      'div',
      { class: 'step-details stack' },
      h('p', { class: 'tiny faint' }, t('step.text')),
      h(
        'div',
        { class: 'fields' },
        [...limits, ...traits].map((field) => field.element),
        formats.element,
        numbers.map((field) => field.element),
      ),
    ),
    get value() {
      const wanted = Object.fromEntries([
        ...limits.map((field) => [field.name, field.value]),
        ...traits.map((field) => [field.name, field.value === '' ? null : field.value === 'true']),
        ['formats', formats.value.length > 0 ? formats.value : null],
      ]);
      const { conditions: _, ...rest } = step;
      const own = Object.fromEntries(numbers.map((field) => [field.name, field.value]));
      const chosen = withoutEmpty(wanted);
      return withoutEmpty({ ...rest, ...own, conditions: Object.keys(chosen).length > 0 ? chosen : null });
    },
  };
}

const withoutEmpty = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value != null));

/** In few words, for lists. */
export function conditionWords({ conditions = {}, timeoutMs, maxRetries, concurrency }) {
  const { minInputTokens, maxInputTokens, formats } = conditions;
  return [
    minInputTokens != null && `≥ ${number(minInputTokens)}`,
    maxInputTokens != null && `≤ ${number(maxInputTokens)}`,
    ...TRAITS.map(
      (name) => conditions[name] != null && `${t(`step.${name}`)}: ${t(conditions[name] ? 'word.yes' : 'word.no')}`,
    ),
    formats && formats.map((name) => DIALECT_NAMES[name] ?? name).join(', '),
    timeoutMs != null && duration(timeoutMs),
    maxRetries != null && `${t('step.maxRetries')}: ${number(maxRetries)}`,
    concurrency != null && `${t('step.concurrency')}: ${number(concurrency)}`,
  ].filter(Boolean);
}
