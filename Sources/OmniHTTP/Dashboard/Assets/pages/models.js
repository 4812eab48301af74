/** All models there are, with what is known of them; prices and models of one's own. */

import { forget, get, getKept, patch, post, remove, withQuery } from '../core/api.js';
import { debounce, h, show } from '../core/dom.js';
import { duration, money, short } from '../core/format.js';
import { t } from '../core/texts.js';
import { badge, button, empty, pageHead, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';
import { providerNames } from './provider-form.js';

const MOST = 300;
const KINDS = ['chat', 'embedding', 'image', 'audio', 'rerank', 'moderation'];

export async function render(place, { signal }) {
  const holder = h('div', {}, h('div', { class: 'body top' }, skeleton(8)));
  const state = { search: '', isActive: true, models: [] };
  const list = table({
    label: t('page.models'),
    columns: columns(() => load()),
    keyOf: (model) => model.id,
    empty: empty('models', t('models.none'), t('models.noneText')),
  });
  const draw = () => {
    const found = state.models.filter(
      (model) => (!state.isActive || model.active) && `${model.id} ${model.name}`.toLowerCase().includes(state.search),
    );
    list.set(found.slice(0, MOST));
    show(
      count,
      found.length > MOST
        ? t('models.countOf', { n: MOST, all: found.length })
        : t('models.count', { n: found.length }),
    );
  };
  const count = h('span', { class: 'tiny faint', role: 'status' });
  async function load() {
    const { catalog } = await get('/api/models/catalog', { signal });
    state.models = Object.entries(catalog).flatMap(([prefix, entry]) =>
      entry.models.map((model) => ({ ...model, active: entry.active, prefix, provider: entry.providerId })),
    );
    draw();
    show(holder, list.element);
  }
  place.append(
    pageHead(
      t('page.models'),
      t('models.text'),
      button(t('models.add'), { icon: 'plus', onClick: () => openAdd(load) }),
    ),
    h(
      'div',
      { class: 'card' },
      h(
        'div',
        { class: 'body top' },
        h(
          'div',
          { class: 'line wrap filter-line' },
          h('input', {
            class: 'input search',
            type: 'search',
            placeholder: t('models.search'),
            'aria-label': t('models.search'),
            onInput: debounce((event) => {
              state.search = event.target.value.trim().toLowerCase();
              draw();
            }, 120),
          }),
          h(
            'label',
            { class: 'switch' },
            h('input', {
              type: 'checkbox',
              role: 'switch',
              checked: true,
              onChange: (event) => {
                state.isActive = event.target.checked;
                draw();
              },
            }),
            t('models.usable'),
          ),
          count,
        ),
      ),
      holder,
    ),
  );
  await load();
}

function columns(refresh) {
  return [
    {
      title: t('requests.model'),
      plain: true,
      by: (model) => model.id,
      cell: (model) =>
        h(
          'span',
          { class: 'line' },
          h('code', { class: 'cut' }, model.id),
          model.custom && badge(t('models.custom'), 'accent'),
        ),
    },
    { title: t('nodes.type'), by: (model) => model.type, cell: (model) => h('span', { class: 'soft' }, model.type) },
    {
      title: t('models.context'),
      end: true,
      by: (model) => model.contextLength ?? 0,
      cell: (model) => short(model.contextLength),
    },
    {
      title: t('models.input'),
      end: true,
      by: (model) => model.pricing?.input ?? -1,
      cell: (model) => money(model.pricing?.input),
    },
    {
      title: t('models.output'),
      end: true,
      by: (model) => model.pricing?.output ?? -1,
      cell: (model) => money(model.pricing?.output),
    },
    {
      title: '',
      cell: (model) =>
        h(
          'div',
          { class: 'row-actions' },
          button(t('models.check'), { kind: 'quiet slim', onClick: () => check(model) }),
          button(t('models.price'), {
            icon: 'edit',
            iconOnly: true,
            kind: 'quiet slim',
            onClick: () => openPrice(model, refresh),
          }),
          model.custom &&
            button(t('action.delete'), {
              icon: 'trash',
              iconOnly: true,
              kind: 'quiet slim danger',
              onClick: async () => {
                await remove(withQuery('/api/provider-models', { provider: model.prefix, model: bare(model) }));
                forget();
                await refresh();
              },
            }),
        ),
    },
  ];
}

const bare = (model) => model.id.slice(model.prefix.length + 1);

/** Whether it could be used now, and where. */
async function check(model) {
  const answer = await post('/api/models/availability', { model: model.id });
  openDialog(model.id, (close) => [
    badge(answer.available ? t('models.available') : t('models.unavailable'), answer.available ? 'good' : 'warn', {
      dot: true,
    }),
    answer.reason && h('p', { class: 'small soft' }, answer.reason),
    h(
      'ul',
      { class: 'stack gap-2' },
      answer.providers.map((pool) =>
        h(
          'li',
          { class: 'line spread small' },
          h('code', {}, `${pool.provider}/${pool.model}`),
          h(
            'span',
            { class: 'soft' },
            t('models.accounts', { n: pool.accountsAvailable, all: pool.accountsTotal }),
            pool.cooldownRemainingMs > 0 && ` · ${duration(pool.cooldownRemainingMs)}`,
          ),
        ),
      ),
    ),
    !answer.available &&
      answer.providers.length > 0 &&
      h(
        'div',
        { class: 'form-foot' },
        button(t('resilience.forget'), {
          onClick: async () => {
            await post('/api/models/availability', { model: model.id, action: 'clear' });
            close();
            toast(t('resilience.forgotten'), 'good');
          },
        }),
      ),
  ]);
}

function openPrice(model, refresh) {
  openDialog(
    t('models.priceOf', { name: model.id }),
    (close) =>
      form(
        ['input', 'output', 'cached', 'cache_creation', 'reasoning'].map((name) => ({
          name,
          label: t(`models.${name}`),
          type: 'number',
          value: model.pricing?.[name],
          attributes: { min: 0 },
        })),
        {
          cancel: close,
          extra: button(t('models.priceReset'), {
            kind: 'quiet',
            onClick: async () => {
              await remove(withQuery('/api/pricing', { provider: model.prefix, model: bare(model) }));
              await done(close, refresh);
            },
          }),
          onSave: async (values) => {
            await patch('/api/pricing', { [model.prefix]: { [bare(model)]: values } });
            await done(close, refresh);
          },
        },
      ).element,
  );
}

async function done(close, refresh) {
  forget();
  close();
  toast(t('action.saved'), 'good');
  await refresh();
}

async function openAdd(refresh) {
  const [names, { connections }] = await Promise.all([providerNames(), getKept('/api/providers')]);
  const used = new Set(connections.map((one) => one.provider));
  const ordered = names.toSorted((one, other) => Number(used.has(other.id)) - Number(used.has(one.id)));
  openDialog(
    t('models.add'),
    (close) =>
      form(
        [
          {
            name: 'provider',
            label: t('providers.provider'),
            type: 'select',
            options: ordered.map(({ id, name }) => [id, name]),
          },
          { name: 'modelId', label: t('models.id'), required: true },
          { name: 'type', label: t('nodes.type'), type: 'select', options: KINDS.map((kind) => [kind, kind]) },
          { name: 'contextLength', label: t('models.context'), type: 'number' },
          { name: 'maxOutputTokens', label: t('models.maxOutput'), type: 'number' },
        ],
        {
          cancel: close,
          onSave: async (values) => {
            await post(
              '/api/provider-models',
              Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)),
            );
            await done(close, refresh);
          },
        },
      ).element,
  );
}
