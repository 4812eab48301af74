/** Ending the router and beginning it anew. */

import { get, post } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/texts.js';
import { button } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { toast } from '../ui/toasts.js';

/** Buttons that ask first. */
export function lifecycleButtons() {
  return h(
    'div',
    { class: 'line wrap' },
    button(t('daemon.restart'), { icon: 'refresh', onClick: () => ask('restart') }),
    button(t('daemon.shutdown'), { icon: 'stop', kind: 'danger', onClick: () => ask('shutdown') }),
  );
}

/** The password is asked for only when the router wants it, because the login was a while ago. */
function ask(what, needsPassword = false) {
  openDialog(t(`daemon.${what}`), (close) => [
    h('p', { class: 'soft' }, t(`daemon.${what}Text`)),
    form(
      needsPassword
        ? [
            {
              name: 'password',
              label: t('settings.currentPassword'),
              type: 'password',
              required: true,
              whole: true,
              hint: t('daemon.passwordHint'),
              attributes: { autocomplete: 'current-password', autofocus: true },
            },
          ]
        : [],
      {
        cancel: close,
        save: t(`daemon.${what}`),
        onSave: async (values) => {
          const before = await beginning();
          try {
            await post(`/api/${what}`, values);
          } catch (error) {
            if (error.code !== 'password_required') throw error;
            close();
            ask(what, true);
            return;
          }
          close();
          toast(t(`daemon.${what}Begun`), 'good');
          if (what === 'restart') await comeBack(before);
        },
      },
    ).element,
  ]);
}

/** Loads the page again once a process that began later answers. */
async function comeBack(before) {
  for (let attempt = 0; attempt < 120; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await beginning();
    if (now && now !== before) {
      location.reload();
      return;
    }
  }
}

/** Of the process that answers; null while none does. */
async function beginning() {
  try {
    return (await get('/api/monitoring/health')).system?.startedAt ?? null;
  } catch {
    return null;
  }
}
