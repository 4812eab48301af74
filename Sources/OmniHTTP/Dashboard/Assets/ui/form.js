/** Forms: fields with labels, hints and the server's own words about what is wrong with them. */

import { h, newID, show } from '../core/dom.js';
import { t } from '../core/texts.js';
import { button } from './controls.js';
import { describe } from './toasts.js';

/**
 * @typedef {object} Field
 * @property {string} name the member of the body; a fault the server finds in it is shown here.
 * @property {string} label
 * @property {'text' | 'password' | 'number' | 'select' | 'textarea' | 'switch' | 'list' | 'url' | 'time'} [type] list: a line each.
 * @property {unknown} [value]
 * @property {string} [hint]
 * @property {(value: number) => string} [reads] says a number in words people read more easily, such as milliseconds as minutes.
 * @property {[string, string][] | (() => [string, string][])} [options] of a select: values and texts.
 * @property {string[]} [suggestions] for a text.
 * @property {boolean} [required]
 * @property {boolean} [whole] as wide as the form.
 * @property {Record<string, unknown>} [attributes] further attributes of the input.
 */

/** @param {Field} field */
export function fieldOf(field) {
  const id = newID('field');
  const faultID = `${id}-fault`;
  const hintID = `${id}-hint`;
  const fault = h('div', { class: 'fault', id: faultID, role: 'alert', hidden: true });
  const input = inputOf(field, id);
  input.setAttribute('aria-describedby', `${faultID}${field.hint || field.reads ? ` ${hintID}` : ''}`);
  const hint = (field.hint || field.reads) && h('div', { class: 'hint', id: hintID }, field.hint);
  if (field.reads) {
    const tell = () => {
      hint.textContent = input.value.trim() === '' ? '' : `= ${field.reads(Number(input.value))}`;
    };
    input.addEventListener('input', tell);
    tell();
  }
  const element =
    field.type === 'switch'
      ? h(
          'div',
          { class: `field ${field.whole ? 'whole' : ''}` },
          h('label', { class: 'switch' }, input, field.label),
          hint,
          fault,
        )
      : h(
          'div',
          { class: `field ${field.whole || ['textarea', 'list'].includes(field.type) ? 'whole' : ''}` },
          h('label', { for: id }, field.label),
          input,
          suggestions(field, input),
          hint,
          fault,
        );
  return {
    element,
    input,
    name: field.name,
    get value() {
      return readValue(field, input);
    },
    set value(next) {
      writeValue(field, input, next);
    },
    blame(text) {
      fault.textContent = text ?? '';
      fault.hidden = !text;
      if (text) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    },
  };
}

function inputOf(field, id) {
  const common = { id, name: field.name, class: 'input', required: field.required, ...field.attributes };
  let input;
  if (field.type === 'select') {
    input = h(
      'select',
      common,
      field.options.map(([value, text]) => h('option', { value }, text)),
    );
  } else if (field.type === 'textarea' || field.type === 'list') {
    input = h('textarea', { rows: field.type === 'list' ? 2 : 5, spellcheck: 'false', ...common });
  } else if (field.type === 'switch') {
    input = h('input', { ...common, class: null, type: 'checkbox', role: 'switch' });
  } else {
    const isSecret = field.type === 'password';
    input = h('input', {
      type: field.type === 'url' ? 'text' : (field.type ?? 'text'),
      spellcheck: 'false',
      autocomplete: isSecret ? 'off' : null,
      ...(field.type === 'number' ? { inputmode: 'decimal', step: 'any' } : {}),
      ...common,
    });
  }
  writeValue(field, input, field.value);
  return input;
}

function suggestions(field, input) {
  if (!field.suggestions) return null;
  const id = newID('list');
  input.setAttribute('list', id);
  return h(
    'datalist',
    { id },
    field.suggestions.map((value) => h('option', { value })),
  );
}

function writeValue(field, input, value) {
  if (field.type === 'switch') input.checked = Boolean(value);
  else if (field.type === 'list') input.value = (value ?? []).join('\n');
  else input.value = value ?? (field.type === 'select' ? (field.options[0]?.[0] ?? '') : '');
}

/** A number that was left out is null: the API takes it for "no limit". */
function readValue(field, input) {
  if (field.type === 'switch') return input.checked;
  if (field.type === 'list')
    return input.value
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  if (field.type === 'number') return input.value.trim() === '' ? null : Number(input.value);
  return input.value;
}

/**
 * A form that saves through the API.
 *
 * @param {Field[]} fields
 * @param {{ onSave: (values: Record<string, unknown>) => Promise<unknown>, save?: string, cancel?: () => void, between?: Node,
 *   danger?: Node }} options what `onSave` throws is shown at the field it names, else at the foot.
 */
export function form(fields, { onSave, save = t('action.save'), cancel, between, extra } = {}) {
  const parts = fields.map(fieldOf);
  const byName = Object.fromEntries(parts.map((part) => [part.name, part]));
  const fault = h('div', { class: 'fault grow small', role: 'alert' });
  const submit = button(save, { kind: 'primary', type: 'submit' });
  const element = h(
    'form',
    { class: 'stack', novalidate: true },
    h(
      'div',
      { class: 'fields' },
      parts.map((part) => part.element),
    ),
    between,
    h(
      'div',
      { class: 'form-foot' },
      fault,
      extra,
      cancel && button(t('action.cancel'), { kind: 'quiet', onClick: cancel }),
      submit,
    ),
  );
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.getAttribute('aria-busy') === 'true') return;
    for (const part of parts) part.blame(null);
    show(fault);
    const lacking = parts.find((part) => part.input.required && part.input.value.trim() === '');
    if (lacking) {
      lacking.blame(t('form.required'));
      lacking.input.focus();
      return;
    }
    submit.setAttribute('aria-busy', 'true');
    try {
      await onSave(Object.fromEntries(parts.map((part) => [part.name, part.value])));
    } catch (error) {
      blame(error, byName, fault);
    } finally {
      submit.removeAttribute('aria-busy');
    }
  });
  return { element, fields: byName, submit };
}

function blame(error, byName, fault) {
  const name = error.field;
  const part = name && (byName[name] ?? byName[name.split('.').at(-1)] ?? byName[name.split(/[.[]/)[0]]);
  if (!part) {
    show(fault, describe(error));
    return;
  }
  part.blame(error.message.replace(`${name}: `, ''));
  part.input.focus();
}
