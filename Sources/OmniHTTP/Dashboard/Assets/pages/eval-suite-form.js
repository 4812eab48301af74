/** The editor of a suite: its cases, each with a question and judges. */

import { h } from '../core/dom.js';
import { t } from '../core/texts.js';
import { button } from '../ui/controls.js';
import { fieldOf, form } from '../ui/form.js';

const JUDGES = ['exact', 'contains', 'regex', 'json_schema', 'model'];

/**
 * @param {object | null} suite
 * @param {{ onSave: (values: object) => Promise<unknown>, cancel: () => void }} options
 */
export function suiteForm(suite, { onSave, cancel }) {
  const cases = caseList(suite?.cases ?? []);
  return form(
    [
      { name: 'name', label: t('evals.name'), value: suite?.name, required: true },
      { name: 'description', label: t('evals.description'), value: suite?.description, whole: true },
    ],
    {
      cancel,
      between: cases.element,
      onSave: async (values) => {
        try {
          await onSave({ ...values, cases: cases.value() });
        } catch (error) {
          cases.blame(error.field, error.message);
          throw error;
        }
      },
    },
  ).element;
}

function caseList(given) {
  const list = h('div', { class: 'stack gap-2' });
  const parts = [];
  const add = (one, isOpen) => {
    const part = caseOf(one, isOpen, () => {
      parts.splice(parts.indexOf(part), 1);
      part.element.remove();
    });
    parts.push(part);
    list.append(part.element);
    return part;
  };
  for (const one of given) add(one, false);
  if (given.length === 0) add(null, true);
  return {
    element: h(
      'fieldset',
      { class: 'stack gap-2' },
      h('legend', {}, t('evals.casesTitle')),
      list,
      h('div', {}, button(t('evals.addCase'), { icon: 'plus', onClick: () => add(null, true).focus() })),
    ),
    value: () => parts.map((part) => part.value()),
    /** Opens the case a fault is in and shows it there. */
    blame(field, message) {
      for (const part of parts) part.blame(null);
      const [, index] = /^cases\[(\d+)\]/.exec(field ?? '') ?? [];
      parts[index]?.blame(field.replace(/^cases\[\d+\]\.?/, ''), message);
    },
  };
}

/** Conversations of more than one question, and settings of the request, are edited as JSON. */
function caseOf(one, isOpen, onRemove) {
  const messages = one?.input.messages ?? [];
  const isPlain =
    !one ||
    (Object.keys(one.input).length === 1 &&
      messages.length === 1 &&
      messages[0].role === 'user' &&
      typeof messages[0].content === 'string');
  const name = fieldOf({ name: 'name', label: t('evals.caseName'), value: one?.name, whole: true });
  const input = fieldOf({
    name: 'input',
    label: isPlain ? t('evals.question') : t('evals.inputJSON'),
    type: 'textarea',
    value: isPlain ? messages[0]?.content : JSON.stringify(one.input, null, 2),
    hint: isPlain ? t('evals.questionHint') : null,
    attributes: { rows: isPlain ? 3 : 8, class: isPlain ? 'input' : 'input mono' },
  });
  const judges = judgeList(one?.judges ?? [{ type: 'contains', values: [] }]);
  const title = h('span', { class: 'grow cut' }, one?.name || t('evals.newCase'));
  name.input.addEventListener('input', () => {
    title.textContent = name.value || t('evals.newCase');
  });
  const element = h(
    'details',
    { class: 'eval-case', open: isOpen },
    h('summary', {}, title),
    h(
      'div',
      { class: 'stack gap-3' },
      h('div', { class: 'fields' }, name.element, input.element),
      judges.element,
      h('div', { class: 'line' }, button(t('evals.removeCase'), { icon: 'trash', kind: 'quiet slim danger', onClick: onRemove })),
    ),
  );
  return {
    element,
    focus: () => name.input.focus(),
    value() {
      const text = input.value.trim();
      const { id, model, tags } = one ?? {};
      const kept = { ...(id && { id }), ...(model && { model }), ...(tags?.length && { tags }) };
      // Who writes an object means one.
      return { ...kept, name: name.value, input: parsed(text, '{') ?? text, judges: judges.value() };
    },
    blame(field, message) {
      input.blame(null);
      judges.blame(null);
      if (field == null) return;
      element.open = true;
      if (field.startsWith('judges')) judges.blame(field, message);
      else input.blame(message);
    },
  };
}

function judgeList(given) {
  const list = h('div', { class: 'stack gap-2' });
  const parts = [];
  const add = (judge) => {
    const part = judgeOf(judge, () => {
      parts.splice(parts.indexOf(part), 1);
      part.element.remove();
    });
    parts.push(part);
    list.append(part.element);
  };
  for (const judge of given) add(judge);
  return {
    element: h(
      'div',
      { class: 'stack gap-2' },
      list,
      h(
        'div',
        {},
        button(t('evals.addJudge'), {
          icon: 'plus',
          kind: 'quiet slim',
          onClick: () => add({ type: 'contains', values: [] }),
        }),
      ),
    ),
    value: () => parts.map((part) => part.value()),
    blame(field, message) {
      for (const part of parts) part.blame(null);
      const [, index] = /^judges\[(\d+)\]/.exec(field ?? '') ?? [];
      (parts[index] ?? (field && parts[0]))?.blame(message);
    },
  };
}

function judgeOf(judge, onRemove) {
  const type = fieldOf({
    name: 'type',
    label: t('evals.judge'),
    type: 'select',
    value: judge.type,
    options: JUDGES.map((name) => [name, t(`evals.judge.${name}`)]),
  });
  const negate = fieldOf({ name: 'negate', label: t('evals.negate'), type: 'switch', value: judge.negate });
  const value = fieldOf({
    name: 'value',
    label: t('evals.expected'),
    type: 'textarea',
    value: textOf(judge),
    hint: t(`evals.hint.${judge.type}`),
    attributes: { rows: 2 },
  });
  const change = () => {
    value.element.querySelector('.hint').textContent = t(`evals.hint.${type.value}`);
    negate.element.hidden = type.value === 'model';
  };
  type.input.addEventListener('change', change);
  change();
  return {
    element: h(
      'div',
      { class: 'eval-judge' },
      h('div', { class: 'fields' }, type.element, negate.element, value.element),
      button(t('evals.removeJudge'), { icon: 'close', iconOnly: true, kind: 'quiet slim', onClick: onRemove }),
    ),
    value() {
      const { ignoreCase, match, model } = judge;
      const text = value.value;
      const isNegated = negate.value && type.value !== 'model' ? { negate: true } : {};
      // What the form has no field for stays as it was.
      const kept = judge.type === type.value ? { ...(ignoreCase != null && { ignoreCase }), ...(match && { match }) } : {};
      switch (type.value) {
        case 'contains':
          return { type: 'contains', values: text.split('\n').filter((line) => line.trim()), ...kept, ...isNegated };
        case 'regex':
          return { type: 'regex', pattern: text, ...kept, ...isNegated };
        case 'json_schema':
          return { type: 'json_schema', schema: parsed(text) ?? text, ...isNegated };
        case 'model':
          return { type: 'model', rubric: text, ...(model && { model }) };
        default:
          return { type: 'exact', value: text, ...kept, ...isNegated };
      }
    },
    blame: (text) => value.blame(text),
  };
}

function textOf(judge) {
  if (judge.type === 'contains') return (judge.values ?? []).join('\n');
  if (judge.type === 'json_schema') return JSON.stringify(judge.schema, null, 2);
  return judge.value ?? judge.pattern ?? judge.rubric ?? '';
}

/** The JSON in a text that begins so; nothing where there is none. */
function parsed(text, beginning = '') {
  if (!text.startsWith(beginning)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
