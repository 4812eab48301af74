/** Client keys: what tools log in with here. */

import { forget, get, getKept, patch, post, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, dateTime } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { keepQuery, query } from '../core/router.js';
import { t } from '../core/texts.js';
import { badge, button, code, empty, notice, pageHead, skeleton } from '../ui/controls.js';
import { confirmDialog, openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';
import { toolTabs } from './connect.js';
import { editButton } from '../ui/row-actions.js';

export async function render(place, { signal }) {
  const holder = h('div', { class: 'card' }, h('div', { class: 'body top' }, skeleton(4)));
  const list = table({
    label: t('page.keys'),
    columns: columns(() => refresh()),
    empty: empty(
      'keys',
      t('keys.none'),
      t('keys.noneText'),
      button(t('keys.add'), { icon: 'plus', kind: 'primary', onClick: () => openAdd(refresh) }),
    ),
  });
  async function refresh() {
    const { keys } = await get('/api/keys', { signal });
    list.set(keys);
    show(holder, list.element);
  }
  place.append(
    pageHead(
      t('page.keys'),
      t('keys.text'),
      button(t('keys.add'), { icon: 'plus', kind: 'primary', onClick: () => openAdd(refresh) }),
    ),
    holder,
  );
  await refresh();
  if (query().get('add')) {
    keepQuery({ add: '' });
    await openAdd(refresh);
  }
}

function columns(refresh) {
  return [
    {
      title: t('keys.name'),
      plain: true,
      by: (key) => key.name,
      cell: (key) => h('span', { class: 'line' }, h('strong', {}, key.name), state(key)),
    },
    { title: t('keys.key'), plain: true, cell: (key) => h('code', { class: 'soft nowrap' }, key.key) },
    {
      title: t('keys.models'),
      cell: (key) =>
        h(
          'span',
          { class: 'cut', title: key.allowedModels.join(', ') },
          key.allowedModels.length ? key.allowedModels.join(', ') : t('keys.allModels'),
        ),
    },
    {
      title: t('keys.made'),
      by: (key) => key.createdAt,
      cell: (key) => h('time', { datetime: key.createdAt, title: dateTime(key.createdAt) }, ago(key.createdAt)),
    },
    {
      title: '',
      cell: (key) =>
        h(
          'div',
          { class: 'row-actions' },
          h('a', { class: 'button quiet slim', href: `/dashboard/requests?apiKeyId=${key.id}` }, t('page.requests')),
          !key.revokedAt &&
            editButton(() => openEdit(key, refresh)),
          !key.revokedAt &&
            button(t('keys.revoke'), {
              icon: 'trash',
              iconOnly: true,
              kind: 'quiet slim danger',
              onClick: () =>
                confirmDialog(
                  t('keys.revokeTitle', { name: key.name }),
                  t('keys.revokeText'),
                  t('keys.revoke'),
                  async () => {
                    await remove(`/api/keys/${key.id}`);
                    forget('/api/keys');
                    await refresh();
                  },
                ),
            }),
        ),
    },
  ];
}

function state(key) {
  if (key.revokedAt) return badge(t('keys.revoked'), 'bad');
  return key.isActive ? null : badge(t('state.off'));
}

/** Limits of what a key may use; `connections` are the accounts there are. */
function limitFields(key, models) {
  return [
    {
      name: 'allowedModels',
      label: t('keys.allowedModels'),
      type: 'list',
      value: key?.allowedModels,
      hint: t('keys.allowedModelsHint', { example: models[0] ?? 'openai/*' }),
    },
    {
      name: 'allowedConnections',
      label: t('keys.allowedConnections'),
      type: 'list',
      value: key?.allowedConnections,
      hint: t('keys.allowedConnectionsHint'),
    },
  ];
}

/** Accounts by name as people write them, ids as the API takes them. */
function connectionIDs(names, connections) {
  return names.map(
    (name) => connections.find((one) => one.name === name || `${one.provider}/${one.name}` === name)?.id ?? name,
  );
}

async function surroundings() {
  const [{ connections }, models] = await Promise.all([getKept('/api/providers'), modelNames()]);
  return { connections, models };
}

async function openAdd(refresh) {
  const { connections, models } = await surroundings();
  openDialog(t('keys.add'), (close) => {
    const holder = h('div', { class: 'stack' });
    holder.append(
      form(
        [
          {
            name: 'name',
            label: t('keys.name'),
            required: true,
            whole: true,
            hint: t('keys.nameHint'),
            attributes: { autofocus: true },
          },
          ...limitFields(null, models),
        ],
        {
          cancel: close,
          save: t('keys.add'),
          onSave: async (values) => {
            const made = await post('/api/keys', {
              ...values,
              allowedConnections: connectionIDs(values.allowedConnections, connections),
            });
            forget('/api/keys');
            show(
              holder,
              notice(t('keys.once'), 'warn'),
              code(made.key),
              toolTabs(made.key, models[0] ?? 'sim/echo'),
              h('div', { class: 'form-foot' }, button(t('keys.done'), { kind: 'primary', onClick: close })),
            );
            await refresh();
          },
        },
      ).element,
    );
    return holder;
  });
}

async function openEdit(key, refresh) {
  const { connections, models } = await surroundings();
  const named = {
    ...key,
    allowedConnections: key.allowedConnections.map((id) => connections.find((one) => one.id === id)?.name ?? id),
  };
  openDialog(
    t('keys.editOf', { name: key.name }),
    (close) =>
      form(
        [
          { name: 'name', label: t('keys.name'), value: key.name, required: true, whole: true },
          ...limitFields(named, models),
          { name: 'isActive', label: t('keys.active'), type: 'switch', value: key.isActive, whole: true },
        ],
        {
          cancel: close,
          onSave: async (values) => {
            await patch(`/api/keys/${key.id}`, {
              ...values,
              allowedConnections: connectionIDs(values.allowedConnections, connections),
            });
            forget('/api/keys');
            close();
            toast(t('action.saved'), 'good');
            await refresh();
          },
        },
      ).element,
  );
}
