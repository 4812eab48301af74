/** Tabs by the pattern of the ARIA guide: arrow keys move, the chosen tab alone is in the order of focus. */

import { h, newID, show } from '../core/dom.js';

class Tabs extends HTMLElement {
  /** @param {[string, string, () => import('../core/dom.js').Child][]} entries name, title and what to show. */
  set entries(entries) {
    this.list = entries;
    this.panel = h('div', { role: 'tabpanel', id: newID('panel'), class: 'stack' });
    this.buttons = entries.map(([name, title], index) =>
      h(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: newID('tab'),
          'aria-controls': this.panel.id,
          dataset: { name },
          onClick: () => this.choose(name),
          onKeydown: (event) => this.move(event, index),
        },
        title,
      ),
    );
    show(
      this,
      h('div', { class: 'tabs', role: 'tablist', 'aria-label': this.getAttribute('label') }, this.buttons),
      this.panel,
    );
    this.classList.add('stack');
  }

  choose(name) {
    const index = Math.max(
      0,
      this.list.findIndex(([own]) => own === name),
    );
    this.buttons.forEach((tab, position) => {
      tab.setAttribute('aria-selected', String(position === index));
      tab.tabIndex = position === index ? 0 : -1;
    });
    this.panel.setAttribute('aria-labelledby', this.buttons[index].id);
    show(this.panel, this.list[index][2]());
    this.dispatchEvent(new CustomEvent('choose', { detail: this.list[index][0] }));
  }

  move(event, index) {
    const isBackwards = getComputedStyle(this).direction === 'rtl';
    const step = { ArrowRight: isBackwards ? -1 : 1, ArrowLeft: isBackwards ? 1 : -1 }[event.key];
    const last = this.list.length - 1;
    const next =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? last
          : step && (index + step + this.list.length) % this.list.length;
    if (next == null) return;
    event.preventDefault();
    this.buttons[next].focus();
    this.choose(this.list[next][0]);
  }
}
customElements.define('omni-tabs', Tabs);

/** @param {[string, string, () => import('../core/dom.js').Child][]} entries */
export function tabs(label, entries, chosen, onChoose) {
  const element = h('omni-tabs', { label, onChoose: onChoose && ((event) => onChoose(event.detail)) });
  element.entries = entries;
  element.choose(chosen ?? entries[0][0]);
  return element;
}
