/** What fails and how long it is left alone; limits of accounts; conversations and their accounts. */

import { get, patch, post } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, duration, number, time } from '../core/format.js';
import { t, tOr } from '../core/texts.js';
import { badge, body, button, card, empty, pageHead, skeleton } from '../ui/controls.js';
import { confirmDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { tabs } from '../ui/tabs.js';
import { toast, toastError } from '../ui/toasts.js';

const PROFILE = [
  'transientCooldown',
  'rateLimitCooldown',
  'maxBackoffLevel',
  'circuitBreakerThreshold',
  'circuitBreakerPercentage',
  'circuitBreakerReset',
  'circuitBreakerMaximum',
];
const TIMES = /Cooldown$|Reset$|Maximum$|^minTime/;
const DEFAULTS = ['requestsPerMinute', 'tokensPerMinute', 'concurrentRequests', 'minTimeBetweenRequests'];

export async function render(place, { signal }) {
  const holder = h('div', { class: 'stack' }, skeleton(5));
  const refresh = async () => {
    const ask = (path) => get(path, { signal });
    const [resilience, { connections }, sessions, limits] = await Promise.all([
      ask('/api/resilience'),
      ask('/api/providers'),
      ask('/api/sessions'),
      ask('/api/rate-limits'),
    ]);
    const nameOf = (id) => {
      const found = connections.find((one) => one.id === id);
      return found ? `${found.provider} / ${found.name}` : id.replace('provider:', '');
    };
    show(holder, now(resilience, nameOf), accounts(limits.connections), conversations(sessions), settings(resilience));
  };
  place.append(
    pageHead(
      t('page.resilience'),
      t('resilience.text'),
      button(t('action.refresh'), { icon: 'refresh', onClick: refresh }),
      button(t('resilience.forget'), {
        onClick: () =>
          confirmDialog(t('resilience.forgetTitle'), t('resilience.forgetText'), t('resilience.forget'), async () => {
            await post('/api/resilience/reset');
            toast(t('resilience.forgotten'), 'good');
            await refresh();
          }),
      }),
    ),
    holder,
  );
  const timer = setInterval(() => {
    if (!document.hidden && !holder.contains(document.activeElement)) refresh().catch(() => {});
  }, 10_000);
  signal.addEventListener('abort', () => clearInterval(timer));
  await refresh();
}

function now({ cooldowns, circuitBreakers }, nameOf) {
  const list = table({
    label: t('resilience.now'),
    empty: empty('check', t('home.noCooling'), t('home.noCoolingText')),
    columns: [
      {
        title: t('resilience.what'),
        plain: true,
        cell: (one) => [nameOf(one.connectionId ?? one.name ?? ''), one.model].filter(Boolean).join(' · '),
      },
      {
        title: t('requests.status'),
        plain: true,
        cell: (one) =>
          badge(
            one.state ? t('resilience.breaker', { state: one.state }) : tOr(`reason.${one.reason}`, one.reason),
            'warn',
          ),
      },
      { title: t('resilience.until'), cell: (one) => (one.until ? time(one.until) : '–') },
      { title: t('resilience.remaining'), end: true, cell: (one) => duration(one.remainingMs) },
      {
        title: t('resilience.source'),
        cell: (one) =>
          h(
            'span',
            { class: 'soft' },
            one.state
              ? ''
              : one.isUpstreamsWord
                ? t('resilience.upstream')
                : t('resilience.level', { n: one.backoffLevel ?? 0 }),
          ),
      },
    ],
  });
  list.set([...cooldowns, ...circuitBreakers]);
  return card(t('resilience.now'), {}, list.element);
}

function accounts(connections) {
  const limit = (value) => (value == null ? '∞' : number(value));
  const list = table({
    label: t('resilience.accounts'),
    empty: empty('providers', t('providers.none'), t('providers.noneText')),
    columns: [
      { title: t('request.account'), plain: true, cell: (one) => `${one.provider} / ${one.name}` },
      {
        title: t('resilience.running'),
        end: true,
        cell: (one) =>
          `${number(one.running)} / ${limit(one.inForce?.maxConcurrent ?? one.inForce?.concurrentRequests)}`,
      },
      {
        title: t('resilience.requestsMinute'),
        end: true,
        cell: (one) => `${number(one.recentRequests)} / ${limit(one.inForce?.requestsPerMinute)}`,
      },
      {
        title: t('resilience.tokensMinute'),
        end: true,
        cell: (one) => `${number(one.recentTokens)} / ${limit(one.inForce?.tokensPerMinute)}`,
      },
      {
        title: t('resilience.protection'),
        cell: (one) =>
          h(
            'label',
            { class: 'switch' },
            h('input', {
              type: 'checkbox',
              role: 'switch',
              checked: one.enabled,
              'aria-label': t('resilience.protectionOf', { name: one.name }),
              onChange: async (event) => {
                const input = event.target;
                try {
                  await post('/api/rate-limits', { connectionId: one.connectionId, enabled: input.checked });
                  toast(t('action.saved'), 'good');
                } catch (error) {
                  input.checked = !input.checked;
                  toastError(error);
                }
              },
            }),
          ),
      },
    ],
  });
  list.set(connections);
  return card(t('resilience.accounts'), {}, list.element);
}

function conversations({ sessions, sessionAffinity }) {
  const list = table({
    label: t('resilience.conversations'),
    empty: empty('requests', t('resilience.noConversations')),
    columns: [
      { title: t('resilience.conversation'), plain: true, cell: (one) => h('code', {}, one.sessionId) },
      { title: t('request.account'), cell: (one) => [one.provider, one.connectionName].filter(Boolean).join(' / ') },
      { title: t('requests.model'), cell: (one) => one.model },
      { title: t('home.requests'), end: true, cell: (one) => number(one.requestCount) },
      { title: t('resilience.last'), end: true, cell: (one) => ago(one.lastActive) },
    ],
  });
  list.set(sessions.slice(0, 100));
  return card(
    t('resilience.conversations'),
    {
      actions: badge(
        sessionAffinity ? t('resilience.sticky') : t('resilience.notSticky'),
        sessionAffinity ? 'good' : '',
      ),
    },
    list.element,
  );
}

function settings({ profiles, defaults }) {
  const save = (bodyOf) => async (values) => {
    await patch('/api/resilience', bodyOf(values));
    toast(t('action.saved'), 'good');
  };
  const numbers = (names, values) =>
    names.map((name) => ({
      name,
      label: t(`resilience.${name}`),
      type: 'number',
      value: values[name],
      reads: TIMES.test(name) ? duration : undefined,
      attributes: { min: 0 },
    }));
  return card(
    t('page.settings'),
    {},
    body(
      tabs(t('page.settings'), [
        ...Object.entries(profiles).map(([name, profile]) => [
          name,
          t(`profile.${name}`),
          () => [
            h('p', { class: 'small soft' }, t(`profileText.${name}`)),
            form(numbers(PROFILE, profile), { onSave: save((values) => ({ profiles: { [name]: values } })) }).element,
          ],
        ]),
        [
          'defaults',
          t('profile.defaults'),
          () => [
            h('p', { class: 'small soft' }, t('profileText.defaults')),
            form(numbers(DEFAULTS, defaults), { onSave: save((values) => ({ defaults: values })) }).element,
          ],
        ],
      ]),
    ),
  );
}
