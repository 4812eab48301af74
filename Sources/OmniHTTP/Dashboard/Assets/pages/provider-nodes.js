/** Custom endpoints: servers of one's own that speak a known dialect. */

import { forget, patch, post, remove } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/texts.js';
import { badge, card } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';
import { deleteButton, editButton } from '../ui/row-actions.js';

const TYPES = ['openai-compatible', 'anthropic-compatible', 'gemini-compatible', 'ollama-compatible'];

export function nodesCard(nodes, groups, refresh) {
  if (nodes.length === 0) return null;
  const list = table({
    label: t('nodes.title'),
    columns: [
      {
        title: t('nodes.name'),
        plain: true,
        cell: (node) => h('span', { class: 'line' }, node.name, badge(`${node.prefix}/…`)),
      },
      {
        title: t('nodes.type'),
        cell: (node) => h('span', { class: 'soft' }, [node.type, node.apiType].filter(Boolean).join(' · ')),
      },
      { title: t('nodes.address'), whole: true, cell: (node) => h('code', { class: 'cut' }, node.baseUrl) },
      { title: t('providers.accounts'), end: true, cell: (node) => groups.get(node.id)?.length ?? 0 },
      {
        title: '',
        cell: (node) =>
          h(
            'div',
            { class: 'row-actions' },
            editButton(() => openNode(node, refresh)),
            deleteButton(t('nodes.deleteTitle', { name: node.name }), t('nodes.deleteText'), async () => {
                    await remove(`/api/provider-nodes/${node.id}`);
                    forget();
                    await refresh();
                  }),
          ),
      },
    ],
  });
  list.set(nodes);
  return card(t('nodes.title'), {}, list.element);
}

/** @param {object | null} node null adds one, with an account so that its models can be used at once. */
export function openNode(node, refresh) {
  openDialog(
    node ? t('nodes.edit', { name: node.name }) : t('nodes.add'),
    (close) =>
      form(
        [
          {
            name: 'name',
            label: t('nodes.name'),
            value: node?.name,
            required: true,
            attributes: { placeholder: 'Ollama' },
          },
          {
            name: 'prefix',
            label: t('nodes.prefix'),
            value: node?.prefix,
            required: true,
            hint: t('nodes.prefixHint'),
            attributes: { placeholder: 'local' },
          },
          {
            name: 'baseUrl',
            label: t('nodes.address'),
            type: 'url',
            value: node?.baseUrl,
            required: true,
            whole: true,
            attributes: { placeholder: 'http://localhost:11434/v1' },
          },
          ...(node
            ? []
            : [
                {
                  name: 'type',
                  label: t('nodes.type'),
                  type: 'select',
                  options: TYPES.map((type) => [type, t(`nodes.${type}`)]),
                },
              ]),
          ...(!node || node.apiType
            ? [
                {
                  name: 'apiType',
                  label: t('nodes.apiType'),
                  type: 'select',
                  value: node?.apiType ?? 'chat',
                  options: [
                    ['chat', 'Chat Completions'],
                    ['responses', 'Responses'],
                  ],
                },
              ]
            : []),
          ...(node
            ? []
            : [
                {
                  name: 'apiKey',
                  label: t('providers.apiKey'),
                  type: 'password',
                  hint: t('nodes.keyHint'),
                  whole: true,
                },
              ]),
        ],
        {
          cancel: close,
          save: node ? t('action.save') : t('nodes.add'),
          onSave: async ({ apiKey, ...values }) => {
            if (node) await patch(`/api/provider-nodes/${node.id}`, values);
            else await create(values, apiKey);
            forget();
            close();
            toast(t('action.saved'), 'good');
            await refresh();
          },
        },
      ).element,
  );
}

async function create({ apiType, ...values }, apiKey) {
  const { node } = await post(
    '/api/provider-nodes',
    values.type === 'openai-compatible' ? { ...values, apiType } : values,
  );
  try {
    await post('/api/providers', { provider: node.id, name: values.name, ...(apiKey ? { apiKey } : {}) });
  } catch (error) {
    // The two belong together: a node that was refused an account would stand in the way of trying again.
    await remove(`/api/provider-nodes/${node.id}`);
    throw error;
  }
}
