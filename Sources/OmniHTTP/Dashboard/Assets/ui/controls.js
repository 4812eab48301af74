/** Small parts most pages are made of. */

import { h } from '../core/dom.js';
import { t } from '../core/texts.js';
import { icon } from './icons.js';
import { toast, toastError } from './toasts.js';

/**
 * @param {string} label
 * @param {{ icon?: string, kind?: string, iconOnly?: boolean, onClick?: (event: Event) => unknown, type?: string, href?: string }} options
 *   kind: `primary`, `quiet`, `danger`, `slim` or several. A promise from `onClick` keeps the button busy; its failure is told.
 */
export function button(
  label,
  { icon: name, kind = '', iconOnly = false, onClick, type = 'button', href, ...rest } = {},
) {
  const element = h(
    href ? 'a' : 'button',
    {
      ...(href ? { href } : { type }),
      class: `button ${kind} ${iconOnly ? 'icon-only' : ''}`.trim(),
      'aria-label': iconOnly ? label : null,
      title: iconOnly ? label : null,
      ...rest,
    },
    name && icon(name),
    !iconOnly && label,
  );
  if (onClick) element.addEventListener('click', (event) => whileBusy(element, () => onClick(event)));
  return element;
}

/** Marks a button busy while a promise is under way, and tells of its failure. */
export async function whileBusy(element, work) {
  if (element.getAttribute('aria-busy') === 'true') return;
  const result = (() => {
    try {
      return work();
    } catch (error) {
      return Promise.reject(error);
    }
  })();
  if (!(result instanceof Promise)) return;
  element.setAttribute('aria-busy', 'true');
  try {
    await result;
  } catch (error) {
    toastError(error);
  } finally {
    element.removeAttribute('aria-busy');
  }
}

/** @param {'good' | 'warn' | 'bad' | 'accent' | ''} tone */
export function badge(text, tone = '', { dot = false } = {}) {
  return h('span', { class: `badge ${tone} ${dot ? 'dot' : ''}` }, text);
}

export function card(title, { actions, level = 'h2', id } = {}, ...children) {
  return h(
    'section',
    { class: 'card', 'aria-label': title || null, id },
    title && h('header', {}, h(level, {}, title), actions && h('div', { class: 'line wrap' }, actions)),
    children,
  );
}

export function body(...children) {
  return h('div', { class: 'body stack' }, children);
}

/** What a place without contents says, and what to do about it. */
export function empty(name, title, text, ...actions) {
  return h(
    'div',
    { class: 'empty' },
    icon(name),
    h('h3', {}, title),
    text && h('p', {}, text),
    actions.length > 0 && h('div', { class: 'line wrap' }, actions),
  );
}

export function notice(text, tone = '', { live = false } = {}) {
  const names = { good: 'check', warn: 'alert', bad: 'alert' };
  return h(
    'div',
    { class: `notice ${tone}`, role: live ? (tone === 'bad' ? 'alert' : 'status') : null },
    icon(names[tone] ?? 'info'),
    h('div', {}, text),
  );
}

export function skeleton(lines = 3) {
  return h(
    'div',
    { class: 'stack gap-2', 'aria-hidden': 'true' },
    Array.from({ length: lines }, (_, index) => h('div', { class: 'skeleton', vars: { w: index } }, '\u00a0')),
  );
}

/** Puts a text on the clipboard; where there is none (plain HTTP of another machine) it selects nothing and says so. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t('copy.done'), 'good');
  } catch {
    toast(t('copy.failed'), 'bad');
  }
}

/** A text to copy, as it stands. */
export function code(text, { label = t('copy.action') } = {}) {
  return h(
    'div',
    { class: 'code' },
    h('pre', { tabindex: '0' }, h('code', {}, text)),
    button(label, { icon: 'copy', iconOnly: true, kind: 'quiet slim', onClick: () => copy(text) }),
  );
}

/** Name and value in two columns; values that are null are left out. */
export function facts(entries) {
  return h(
    'dl',
    { class: 'facts' },
    entries
      .filter(([, value]) => value != null && value !== '')
      .map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
  );
}

/** A big number with its name. */
export function figure(name) {
  const value = h('div', { class: 'value' }, '–');
  const note = h('div', { class: 'note' }, '\u00a0');
  return {
    element: h('div', { class: 'figure' }, h('div', { class: 'name' }, name), value, note),
    set(text, unit, remark) {
      value.replaceChildren(text, unit ? h('small', {}, ` ${unit}`) : '');
      note.textContent = remark || '\u00a0';
    },
  };
}

/** A part of a whole, from 0 to 1. */
export function bar(share, label, tone = '') {
  const part = Math.max(0, Math.min(1, share || 0));
  return h(
    'div',
    {
      class: `bar ${tone}`,
      role: 'progressbar',
      'aria-label': label,
      'aria-valuenow': Math.round(part * 100),
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    h('i', { vars: { part: `${part * 100}%` } }),
  );
}

/** One of a few choices, as buttons side by side. */
export function segments(label, options, chosen, onChoose) {
  const buttons = options.map(([value, text]) =>
    h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(value === chosen),
        onClick: (event) => {
          for (const other of buttons) other.setAttribute('aria-pressed', String(other === event.currentTarget));
          onChoose(value);
        },
      },
      text,
    ),
  );
  return h('div', { class: 'segments', role: 'group', 'aria-label': label }, buttons);
}

/** The head of a page. */
export function pageHead(title, text, ...actions) {
  return h(
    'div',
    { class: 'page-head' },
    h('div', { class: 'stack gap-1 grow' }, h('h1', {}, title), text && h('p', {}, text)),
    actions.length > 0 && h('div', { class: 'actions' }, actions),
  );
}

export function providerMark(name) {
  return h(
    'span',
    { class: 'provider-mark', 'aria-hidden': 'true' },
    (name || '?').replace(/[^a-z0-9]/gi, '').slice(0, 2),
  );
}
