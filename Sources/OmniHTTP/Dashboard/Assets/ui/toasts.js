/** Short messages in a corner, read out by screen readers. */

import { h } from '../core/dom.js';
import { t } from '../core/texts.js';
import { icon } from './icons.js';

class Toasts extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'status');
    this.setAttribute('aria-live', 'polite');
  }

  /** @param {'good' | 'bad' | ''} tone */
  add(text, tone) {
    const item = h(
      'div',
      { class: `toast ${tone}` },
      icon(tone === 'bad' ? 'alert' : tone === 'good' ? 'check' : 'info'),
      h('div', { class: 'grow' }, text),
      h(
        'button',
        {
          type: 'button',
          class: 'button quiet slim icon-only',
          'aria-label': t('action.close'),
          onClick: () => item.remove(),
        },
        icon('close'),
      ),
    );
    this.append(item);
    while (this.childElementCount > 4) this.firstElementChild.remove();
    setTimeout(() => item.remove(), tone === 'bad' ? 9000 : 4000);
  }
}
customElements.define('omni-toasts', Toasts);

export function toast(text, tone = '') {
  document.querySelector('omni-toasts')?.add(text, tone);
}

/** What went wrong, in words for people. */
export function describe(error) {
  if (error?.code === 'offline') return t('error.offline');
  return error?.message || String(error);
}

export function toastError(error) {
  if (error?.name === 'AbortError') return;
  toast(describe(error), 'bad');
}
