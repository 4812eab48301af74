/** Dialogs and drawers on the browser's own `<dialog>`: it keeps the focus inside and gives it back. */

import { h, newID } from '../core/dom.js';
import { t } from '../core/texts.js';
import { button, whileBusy } from './controls.js';

/**
 * @param {string} title
 * @param {(close: () => void) => import('../core/dom.js').Child} contents
 * @param {{ kind?: string, onClose?: () => void }} [options] kind: `drawer`, `wide`.
 */
export function openDialog(title, contents, { kind = '', onClose } = {}) {
  const id = newID('dialog');
  const dialog = h('dialog', { class: kind, 'aria-labelledby': id });
  // At once, not with the event of closing: what a dialog shows may be a secret.
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  dialog.append(
    h(
      'div',
      { class: 'frame' },
      h(
        'header',
        {},
        h('h2', { id }, title),
        button(t('action.close'), { icon: 'close', iconOnly: true, kind: 'quiet slim', onClick: close }),
      ),
      h('div', { class: 'content' }, contents(close)),
    ),
  );
  // A click outside closes, a text that is selected from inside to outside does not.
  dialog.addEventListener('pointerdown', (event) => {
    if (event.target === dialog) close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector('[autofocus], .content input, .content select, .content textarea')?.focus();
  return close;
}

/** Asks before something that cannot be taken back. */
export function confirmDialog(title, text, action, work) {
  openDialog(title, (close) => {
    const yes = button(action, { kind: 'danger primary', autofocus: true });
    yes.addEventListener('click', () =>
      whileBusy(yes, async () => {
        await work();
        close();
      }),
    );
    return [
      h('p', { class: 'soft' }, text),
      h('div', { class: 'form-foot' }, button(t('action.cancel'), { kind: 'quiet', onClick: close }), yes),
    ];
  });
}
