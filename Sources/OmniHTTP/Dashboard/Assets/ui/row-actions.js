/** What can be done with one entry of a list: icons, named for whoever does not see them. */

import { t } from '../core/texts.js';
import { button } from './controls.js';
import { confirmDialog } from './dialog.js';

export function editButton(onClick) {
  return button(t('action.edit'), { icon: 'edit', iconOnly: true, kind: 'quiet slim', onClick });
}

/** Asks before it does its work. */
export function deleteButton(title, text, work) {
  return button(t('action.delete'), {
    icon: 'trash',
    iconOnly: true,
    kind: 'quiet slim danger',
    onClick: () => confirmDialog(title, text, t('action.delete'), work),
  });
}
