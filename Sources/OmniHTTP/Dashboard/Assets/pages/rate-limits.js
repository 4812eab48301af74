/** Limits of accounts and of single models on them: what holds, what is used, what upstreams told. */

import { get, post } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { duration, number, short } from '../core/format.js';
import { t } from '../core/texts.js';
import { badge, bar, body, button, card, empty, pageHead, providerMark, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { deleteButton, editButton } from '../ui/row-actions.js';
import { toast, toastError } from '../ui/toasts.js';

const LIMITS = ['requestsPerMinute', 'tokensPerMinute', 'maxConcurrent', 'minTimeBetweenRequests'];
const LABELS = {
  requestsPerMinute: 'providers.rpm',
  tokensPerMinute: 'providers.tpm',
  maxConcurrent: 'providers.maxConcurrent',
  minTimeBetweenRequests: 'resilience.minTimeBetweenRequests',
};
const PACE = 5000;

export async function render(place, { signal }) {
  const holder = h('div', { class: 'stack' }, skeleton(6));
  const refresh = async () => {
    const [limits, { connections }, { nodes }] = await Promise.all([
      get('/api/rate-limits', { signal }),
      get('/api/providers', { signal }),
      get('/api/provider-nodes', { signal }),
    ]);
    const named = new Map(nodes.map((node) => [node.id, node.name]));
    const provider = new Map(connections.map((one) => [one.id, named.get(one.provider) ?? one.provider]));
    show(
      holder,
      limits.connections.length === 0
        ? h(
            'div',
            { class: 'card' },
            empty(
              'providers',
              t('providers.none'),
              t('providers.noneText'),
              button(t('page.providers'), { href: '/dashboard/providers' }),
            ),
          )
        : limits.connections.map((one) => account(one, provider.get(one.connectionId) ?? one.provider, refresh)),
    );
  };
  place.append(
    pageHead(
      t('page.rateLimits'),
      t('rateLimits.text'),
      button(t('rateLimits.defaults'), { icon: 'settings', onClick: () => openDefaults(refresh, signal) }),
    ),
    holder,
  );
  const timer = setInterval(() => {
    if (!document.hidden && !document.querySelector('dialog[open]') && !holder.contains(document.activeElement))
      refresh().catch(() => {});
  }, PACE);
  signal.addEventListener('abort', () => clearInterval(timer));
  await refresh();
}

function account(one, provider, refresh) {
  const { inForce } = one;
  return card(
    `${provider} / ${one.name}`,
    {
      actions: [
        protection(one, refresh),
        button(t('rateLimits.addModel'), { icon: 'plus', kind: 'quiet slim', onClick: () => openModel(one, null, refresh) }),
        editButton(() => openAccount(one, refresh)),
      ],
    },
    body(
      h(
        'div',
        { class: 'gauges' },
        gauge(t('rateLimits.requests'), one.recentRequests, inForce.requestsPerMinute),
        gauge(t('rateLimits.tokens'), one.recentTokens, inForce.tokensPerMinute),
        gauge(t('rateLimits.running'), one.running, inForce.maxConcurrent),
      ),
      told(one),
      models(one, refresh),
    ),
  );
}

function protection(one, refresh) {
  return h(
    'label',
    { class: 'switch small' },
    h('input', {
      type: 'checkbox',
      role: 'switch',
      checked: one.enabled,
      'aria-label': t('resilience.protectionOf', { name: one.name }),
      onChange: async (event) => {
        try {
          await post('/api/rate-limits', { connectionId: one.connectionId, enabled: event.target.checked });
          toast(t('action.saved'), 'good');
        } catch (error) {
          toastError(error);
        }
        await refresh();
      },
    }),
    t('rateLimits.on'),
  );
}

/** How much of a limit is used, or how much is used where there is none. */
function gauge(label, used, limit) {
  const share = limit > 0 ? used / limit : 0;
  return h(
    'div',
    { class: 'stack gap-1' },
    h(
      'div',
      { class: 'line spread small' },
      h('span', { class: 'soft' }, label),
      h('span', { class: 'number' }, `${short(used)} / ${limit == null ? '∞' : short(limit)}`),
    ),
    bar(share, label, share >= 1 ? 'bad' : share > 0.8 ? 'warn' : ''),
  );
}

/** What is left of an allowance, where not all of it is. */
function told(one) {
  const entries = ['requests', 'tokens'].filter((name) => one[name] && one[name].remaining < one[name].limit);
  return (
    entries.length > 0 &&
    h(
      'p',
      { class: 'tiny faint' },
      entries
        .map((name) => {
          const { remaining, limit, resetMs } = one[name];
          const left = t(`rateLimits.left.${name}`, { n: number(remaining), all: number(limit) });
          return resetMs == null ? left : `${left} (${t('rateLimits.whole', { time: duration(resetMs) })})`;
        })
        .join(' · '),
    )
  );
}

function models(one, refresh) {
  const learned = one.limits.filter((limit) => !(limit.model in one.modelLimits));
  const own = Object.entries(one.modelLimits);
  if (own.length + learned.length === 0) return false;
  const words = (limits) =>
    LIMITS.filter((name) => limits[name] != null)
      .map((name) => `${t(LABELS[name])}: ${name.startsWith('min') ? duration(limits[name]) : number(limits[name])}`)
      .join(' · ');
  return h(
    'ul',
    { class: 'items framed' },
    own.map(([model, limits]) =>
      h(
        'li',
        {},
        providerMark(model),
        h('div', { class: 'grow' }, h('code', { class: 'cut' }, model), h('div', { class: 'tiny faint' }, words(limits))),
        editButton(() => openModel(one, model, refresh)),
        deleteButton(t('rateLimits.removeTitle', { name: model }), t('rateLimits.removeText'), async () => {
          const nothing = Object.fromEntries(LIMITS.map((name) => [name, null]));
          await post('/api/rate-limits', { connectionId: one.connectionId, model, ...nothing });
          await refresh();
        }),
      ),
    ),
    learned.map((limit) =>
      h(
        'li',
        {},
        providerMark(limit.model),
        h(
          'div',
          { class: 'grow' },
          h('code', { class: 'cut' }, limit.model),
          h('div', { class: 'tiny faint' }, [`${t('rateLimits.running')}: ${number(limit.running)}`, told(limit)]),
        ),
        badge(t('rateLimits.learned')),
      ),
    ),
  );
}

const fields = (limits) =>
  LIMITS.map((name) => ({
    name,
    label: t(LABELS[name]),
    type: 'number',
    value: limits[name],
    hint: name.startsWith('min') ? null : t('form.emptyNoLimit'),
    reads: name.startsWith('min') ? duration : undefined,
    attributes: { min: 0 },
  }));

/** @param {(values: object) => object} bodyOf */
function openForm(title, list, bodyOf, refresh) {
  openDialog(
    title,
    (close) =>
      form(list, {
        cancel: close,
        onSave: async (values) => {
          const answer = await post('/api/rate-limits', bodyOf(values));
          close();
          if (answer.ignored?.length) toast(t('form.ignored', { names: answer.ignored.join(', ') }), 'bad');
          else toast(t('action.saved'), 'good');
          await refresh();
        },
      }).element,
  );
}

function openAccount(one, refresh) {
  openForm(
    t('rateLimits.of', { name: one.name }),
    fields(one),
    (values) => ({ connectionId: one.connectionId, ...values }),
    refresh,
  );
}

function openModel(one, model, refresh) {
  const name = { name: 'model', label: t('requests.model'), required: true, whole: true, hint: t('rateLimits.modelHint') };
  openForm(
    model ? t('rateLimits.of', { name: model }) : t('rateLimits.addModel'),
    [...(model ? [] : [name]), ...fields(model ? one.modelLimits[model] : {})],
    (values) => ({ connectionId: one.connectionId, model, ...values }),
    refresh,
  );
}

async function openDefaults(refresh, signal) {
  const { rateLimitDefaults } = await get('/api/rate-limits', { signal });
  openForm(t('rateLimits.defaults'), fields(rateLimitDefaults), (values) => ({ defaults: values }), refresh);
}
