/** Names that lead to models. */

import { forget, get, put, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { modelNames } from '../core/names.js';
import { t } from '../core/texts.js';
import { badge, button, empty, pageHead, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';
import { deleteButton, editButton } from '../ui/row-actions.js';

export async function render(place, { signal }) {
  const holder = h('div', { class: 'card' }, h('div', { class: 'body top' }, skeleton(3)));
  const refresh = async () => {
    const { aliases } = await get('/api/models/alias', { signal });
    list.set(Object.entries(aliases).map(([alias, model]) => ({ alias, model })));
    show(holder, list.element);
  };
  const list = table({
    label: t('page.aliases'),
    empty: empty(
      'aliases',
      t('aliases.none'),
      t('aliases.noneText'),
      button(t('aliases.add'), { icon: 'plus', kind: 'primary', onClick: () => openForm(null, refresh) }),
    ),
    columns: [
      {
        title: t('aliases.alias'),
        plain: true,
        by: (row) => row.alias,
        cell: (row) =>
          h('span', { class: 'line' }, h('code', {}, row.alias), /[*?]/.test(row.alias) && badge(t('aliases.pattern'))),
      },
      { title: t('aliases.model'), by: (row) => row.model, cell: (row) => h('code', {}, row.model) },
      {
        title: '',
        cell: (row) =>
          h(
            'div',
            { class: 'row-actions' },
            editButton(() => openForm(row, refresh)),
            deleteButton(t('aliases.deleteTitle', { name: row.alias }), t('aliases.deleteText'), async () => {
                    await remove('/api/models/alias', { alias: row.alias });
                    forget();
                    await refresh();
                  }),
          ),
      },
    ],
  });
  place.append(
    pageHead(
      t('page.aliases'),
      t('aliases.text'),
      button(t('aliases.add'), { icon: 'plus', kind: 'primary', onClick: () => openForm(null, refresh) }),
    ),
    holder,
  );
  await refresh();
}

async function openForm(row, refresh) {
  const models = await modelNames();
  openDialog(
    t('aliases.add'),
    (close) =>
      form(
        [
          {
            name: 'alias',
            label: t('aliases.alias'),
            value: row?.alias,
            required: true,
            hint: t('aliases.aliasHint'),
            attributes: { placeholder: 'gpt-4*', readonly: row != null },
          },
          { name: 'model', label: t('aliases.model'), value: row?.model, required: true, suggestions: models },
        ],
        {
          cancel: close,
          onSave: async (values) => {
            await put('/api/models/alias', values);
            forget();
            close();
            toast(t('action.saved'), 'good');
            await refresh();
          },
        },
      ).element,
  );
}
