/** Rules that allow or refuse requests, or lead them elsewhere. */

import { get, getKept, patch, post, remove } from '../core/api.js';
import { DIALECT_NAMES } from '../core/dialects.js';
import { h, show } from '../core/dom.js';
import { modelNames } from '../core/names.js';
import { t } from '../core/texts.js';
import { chips } from '../ui/chips.js';
import { badge, button, empty, pageHead, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { deleteButton, editButton } from '../ui/row-actions.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';
import { timeWindows } from './policy-times.js';

const ACTIONS = ['allow', 'deny', 'rewrite', 'force'];
const NUMBERS = ['minInputTokens', 'maxInputTokens', 'minCostUsd', 'maxCostUsd'];

export async function render(place, { signal }) {
  const holder = h('div', { class: 'card' }, h('div', { class: 'body top' }, skeleton(3)));
  const refresh = async () => {
    const [{ policies }, { keys }] = await Promise.all([get('/api/policies', { signal }), getKept('/api/keys')]);
    list.set(policies.map((policy) => ({ ...policy, keys })));
    show(holder, list.element);
  };
  const list = table({
    label: t('page.policies'),
    columns: columns(() => refresh()),
    empty: empty(
      'policies',
      t('policies.none'),
      t('policies.noneText'),
      button(t('policies.add'), { icon: 'plus', kind: 'primary', onClick: () => openForm(null, refresh) }),
    ),
  });
  place.append(
    pageHead(
      t('page.policies'),
      t('policies.text'),
      button(t('policies.add'), { icon: 'plus', kind: 'primary', onClick: () => openForm(null, refresh) }),
    ),
    holder,
  );
  await refresh();
}

function columns(refresh) {
  return [
    {
      title: t('keys.name'),
      plain: true,
      by: (one) => one.name,
      cell: (one) => h('span', { class: 'line' }, h('strong', {}, one.name), !one.enabled && badge(t('state.off'))),
    },
    { title: t('providers.priority'), end: true, by: (one) => one.priority, cell: (one) => one.priority },
    {
      title: t('policies.when'),
      whole: true,
      cell: (one) => h('span', { class: 'soft small' }, conditions(one) || t('policies.always')),
    },
    {
      title: t('policies.then'),
      plain: true,
      cell: (one) =>
        badge(
          [t(`policies.${one.action.type}`), one.action.model ?? one.action.combo].filter(Boolean).join(' → '),
          { deny: 'bad', allow: 'good' }[one.action.type] ?? 'accent',
        ),
    },
    {
      title: '',
      cell: (one) =>
        h(
          'div',
          { class: 'row-actions' },
          button(one.enabled ? t('policies.turnOff') : t('policies.turnOn'), {
            kind: 'quiet slim',
            onClick: async () => {
              await patch(`/api/policies/${one.id}`, { enabled: !one.enabled });
              await refresh();
            },
          }),
          editButton(() => openForm(one, refresh)),
          deleteButton(t('policies.deleteTitle', { name: one.name }), t('policies.deleteText'), async () => {
                  await remove(`/api/policies/${one.id}`);
                  await refresh();
                }),
        ),
    },
  ];
}

function conditions({ match, keys }) {
  const names = (match.keys ?? []).map((id) => keys.find((key) => key.id === id)?.name ?? id);
  return [
    names.length > 0 && `${t('page.keys')}: ${names.join(', ')}`,
    match.models?.length > 0 && `${t('keys.models')}: ${match.models.join(', ')}`,
    match.formats?.length > 0 && `${t('request.formats')}: ${match.formats.join(', ')}`,
    match.times?.length > 0 && match.times.map((time) => `${time.from}–${time.until}`).join(', '),
    ...NUMBERS.map((name) => match[name] != null && `${t(`policies.${name}`)}: ${match[name]}`),
  ]
    .filter(Boolean)
    .join(' · ');
}

async function openForm(policy, refresh) {
  const [{ keys }, models] = await Promise.all([getKept('/api/keys'), modelNames()]);
  const match = policy?.match ?? {};
  const times = timeWindows(match.times);
  const formats = chips(t('policies.formats'), Object.entries(DIALECT_NAMES), match.formats ?? [], {
    hint: t('step.formatsHint'),
  });
  openDialog(
    policy ? t('policies.edit', { name: policy.name }) : t('policies.add'),
    (close) =>
      form(
        [
          { name: 'name', label: t('keys.name'), value: policy?.name, required: true },
          {
            name: 'priority',
            label: t('providers.priority'),
            type: 'number',
            value: policy?.priority ?? 0,
            hint: t('policies.priorityHint'),
          },
          {
            name: 'models',
            label: t('policies.models'),
            type: 'list',
            value: match.models,
            hint: t('policies.modelsHint'),
          },
          {
            name: 'keys',
            label: t('page.keys'),
            type: 'list',
            value: (match.keys ?? []).map((id) => keys.find((key) => key.id === id)?.name ?? id),
            hint: t('keys.allowedConnectionsHint'),
          },
          ...NUMBERS.map((name) => ({ name, label: t(`policies.${name}`), type: 'number', value: match[name] })),
          {
            name: 'type',
            label: t('policies.then'),
            type: 'select',
            value: policy?.action.type ?? 'deny',
            options: ACTIONS.map((name) => [name, t(`policies.${name}`)]),
          },
          {
            name: 'target',
            label: t('policies.target'),
            value: policy?.action.model ?? policy?.action.combo,
            suggestions: models,
            hint: t('policies.targetHint'),
          },
          {
            name: 'reason',
            label: t('policies.reason'),
            value: policy?.action.reason,
            hint: t('policies.reasonHint'),
            whole: true,
          },
        ],
        {
          cancel: close,
          between: h('div', { class: 'stack' }, formats.element, times.element),
          onSave: async (values) => {
            const given = bodyOf({ ...values, times: times.value, formats: formats.value }, keys);
            if (policy) await patch(`/api/policies/${policy.id}`, given);
            else await post('/api/policies', given);
            close();
            toast(t('action.saved'), 'good');
            await refresh();
          },
        },
      ).element,
    { kind: 'wide' },
  );
}

/** The form as the API takes it. */
function bodyOf(values, keys) {
  const { type, target, reason } = values;
  const action = { type };
  if (type === 'deny' && reason) action.reason = reason;
  if (type === 'rewrite') action.model = target;
  if (type === 'force') action.combo = target;
  const match = {
    models: values.models,
    keys: values.keys.map((name) => keys.find((key) => key.name === name)?.id ?? name),
    formats: values.formats,
    times: values.times,
  };
  for (const name of NUMBERS) if (values[name] != null) match[name] = values[name];
  return { name: values.name, priority: values.priority ?? 0, match, action };
}
