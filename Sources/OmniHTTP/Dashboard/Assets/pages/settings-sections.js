/** The sections of the settings: each loads what it shows and saves it with the words of the API. */

import { get, patch, put, remove } from '../core/api.js';
import { h } from '../core/dom.js';
import { bytes, duration, money, number, percent } from '../core/format.js';
import { go } from '../core/router.js';
import { t } from '../core/texts.js';
import { languageChoice, themeButton } from '../shell.js';
import { button, facts } from '../ui/controls.js';
import { confirmDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { toast } from '../ui/toasts.js';
import { lifecycleButtons } from './lifecycle.js';
import { general } from './settings-general.js';

const ACCOUNT_STRATEGIES = ['fill-first', 'round-robin', 'least-used', 'p2c', 'random', 'quota-aware'];
const COMBO_STRATEGIES = [
  'priority',
  'weighted',
  'round-robin',
  'random',
  'least-used',
  'least-busy',
  'lowest-latency',
  'cost-optimized',
  'context-aware',
  'quota-aware',
  'lkgp',
];
const ROUTING = [
  'maxAttempts',
  'maxAccountsPerModel',
  'maxRetries',
  'retryDelayMs',
  'timeoutMs',
  'queueTimeoutMs',
  'recoveryWaitMs',
  'idempotencyWindowMs',
  'stickyRoundRobinLimit',
];
const COMBO_NUMBERS = [
  'maxAttempts',
  'maxRetries',
  'retryDelayMs',
  'timeoutMs',
  'queueTimeoutMs',
  'sticky',
  'maxComboDepth',
];

const choices = (prefix, names) => names.map((name) => [name, t(`${prefix}.${name}`)]);
const readsAs = (name) => (/Ms$/.test(name) ? duration : /Bytes$/.test(name) ? bytes : undefined);
const numbers = (names, values) =>
  names.map((name) => ({
    name,
    label: t(`settings.${name}`),
    type: 'number',
    value: values[name],
    reads: readsAs(name),
    attributes: { min: 0 },
  }));
const text = (key) => h('p', { class: 'small soft' }, t(key));

/** What the router did not know is told: a setting that is not read is no setting. */
function saved(answer) {
  if (answer?.ignored?.length) toast(t('form.ignored', { names: answer.ignored.join(', ') }), 'bad');
  else toast(t('action.saved'), 'good');
}

async function routing({ signal }) {
  const settings = await get('/api/settings', { signal });
  return [
    text('settings.routingText'),
    form(
      [
        {
          name: 'fallbackStrategy',
          label: t('settings.fallbackStrategy'),
          type: 'select',
          value: settings.fallbackStrategy,
          options: choices('accounts', ACCOUNT_STRATEGIES),
        },
        {
          name: 'sessionAffinity',
          label: t('settings.sessionAffinity'),
          type: 'switch',
          value: settings.sessionAffinity,
        },
        ...numbers(ROUTING, settings),
      ],
      { onSave: async (values) => saved(await patch('/api/settings', values)) },
    ).element,
  ];
}

async function combos({ signal }) {
  const { comboDefaults } = await get('/api/settings/combo-defaults', { signal });
  return [
    text('settings.combosText'),
    form(
      [
        {
          name: 'strategy',
          label: t('combos.strategy'),
          type: 'select',
          value: comboDefaults.strategy,
          options: choices('strategy', COMBO_STRATEGIES),
        },
        {
          name: 'fallbackOnContentFilter',
          label: t('settings.fallbackOnContentFilter'),
          type: 'switch',
          value: comboDefaults.fallbackOnContentFilter,
        },
        {
          name: 'fallbackOnContextOverflow',
          label: t('settings.fallbackOnContextOverflow'),
          type: 'switch',
          value: comboDefaults.fallbackOnContextOverflow,
        },
        ...numbers(COMBO_NUMBERS, comboDefaults),
      ],
      { onSave: async (values) => saved(await patch('/api/settings/combo-defaults', { comboDefaults: values })) },
    ).element,
  ];
}

async function cache({ signal }) {
  const [{ cache: settings }, { semanticCache: figures, idempotency }] = await Promise.all([
    get('/api/settings', { signal }),
    get('/api/cache', { signal }),
  ]);
  return [
    text('settings.cacheText'),
    facts([
      [
        t('home.cache'),
        `${percent(figures.hitRate, 1)} (${t('home.cacheCounts', { hits: number(figures.hits), misses: number(figures.misses) })})`,
      ],
      [t('settings.memory'), `${number(figures.memoryEntries)} · ${bytes(figures.memoryBytes)}`],
      [t('settings.disk'), `${number(figures.dbEntries)} · ${bytes(figures.dbBytes)}`],
      [t('settings.savedTokens'), `${number(figures.tokensSaved)} · ${money(figures.costSaved)}`],
      [t('settings.idempotency'), `${number(idempotency.activeKeys)} · ${duration(idempotency.windowMs)}`],
    ]),
    form(
      [
        {
          name: 'mode',
          label: t('settings.cacheMode'),
          type: 'select',
          value: settings.mode,
          options: choices('cacheMode', ['off', 'deterministic', 'all']),
        },
        {
          name: 'scope',
          label: t('settings.cacheScope'),
          type: 'select',
          value: settings.scope,
          options: choices('cacheScope', ['key', 'shared']),
        },
        ...numbers(['ttlMs', 'maxEntries', 'maxBytes', 'maxAnswerBytes', 'maxDiskBytes'], settings),
        { name: 'toolCalls', label: t('settings.toolCalls'), type: 'switch', value: settings.toolCalls },
      ],
      {
        extra: button(t('settings.clearCache'), {
          kind: 'danger',
          onClick: () =>
            confirmDialog(
              t('settings.clearCache'),
              t('settings.clearCacheText'),
              t('settings.clearCache'),
              async () => {
                await remove('/api/cache');
                toast(t('settings.cleared'), 'good');
              },
            ),
        }),
        onSave: async (values) => saved(await patch('/api/settings', { cache: values })),
      },
    ).element,
  ];
}

async function prompt({ signal }) {
  const settings = await get('/api/settings/system-prompt', { signal });
  return [
    text('settings.promptText'),
    form(
      [
        { name: 'enabled', label: t('settings.promptOn'), type: 'switch', value: settings.enabled, whole: true },
        {
          name: 'prompt',
          label: t('settings.promptField'),
          type: 'textarea',
          value: settings.prompt,
          attributes: { rows: 8 },
        },
      ],
      { onSave: async (values) => saved(await put('/api/settings/system-prompt', values)) },
    ).element,
  ];
}

async function thinking({ signal }) {
  const settings = await get('/api/settings/thinking-budget', { signal });
  return [
    text('settings.thinkingText'),
    form(
      [
        {
          name: 'mode',
          label: t('settings.mode'),
          type: 'select',
          value: settings.mode,
          options: choices('thinking', ['passthrough', 'auto', 'custom', 'adaptive']),
        },
        { name: 'customBudget', label: t('settings.customBudget'), type: 'number', value: settings.customBudget },
        {
          name: 'effortLevel',
          label: t('settings.effortLevel'),
          type: 'select',
          value: settings.effortLevel,
          options: choices('effort', ['none', 'low', 'medium', 'high']),
        },
      ],
      { onSave: async (values) => saved(await put('/api/settings/thinking-budget', values)) },
    ).element,
  ];
}

async function addresses({ signal }) {
  const settings = await get('/api/settings/ip-filter', { signal });
  return [
    text('settings.addressesText'),
    form(
      [
        { name: 'enabled', label: t('settings.addressesOn'), type: 'switch', value: settings.enabled, whole: true },
        {
          name: 'mode',
          label: t('settings.mode'),
          type: 'select',
          value: settings.mode,
          options: choices('addresses', ['blacklist', 'whitelist', 'whitelist-priority']),
          whole: true,
        },
        {
          name: 'blacklist',
          label: t('settings.blacklist'),
          type: 'list',
          value: settings.blacklist,
          hint: t('settings.addressHint'),
        },
        {
          name: 'whitelist',
          label: t('settings.whitelist'),
          type: 'list',
          value: settings.whitelist,
          hint: t('settings.addressHint'),
        },
      ],
      { onSave: async (values) => saved(await put('/api/settings/ip-filter', values)) },
    ).element,
  ];
}

async function bodies({ signal }) {
  const [{ bodyLog }, { keys }] = await Promise.all([get('/api/settings', { signal }), get('/api/keys', { signal })]);
  const named = (id) => keys.find((key) => key.id === id)?.name ?? id;
  const identified = (name) => keys.find((key) => key.name === name)?.id ?? name;
  return [
    text('settings.bodiesText'),
    form(
      [
        {
          name: 'mode',
          label: t('settings.bodyMode'),
          type: 'select',
          value: bodyLog.mode,
          options: choices('bodyMode', ['off', 'keys', 'all']),
        },
        ...numbers(['maxBodyBytes'], bodyLog),
        {
          name: 'maxDiskBytes',
          label: t('settings.bodyDiskBytes'),
          type: 'number',
          value: bodyLog.maxDiskBytes,
          reads: bytes,
        },
        {
          name: 'keys',
          label: t('settings.bodyKeys'),
          type: 'list',
          value: (bodyLog.keys ?? []).map(named),
          hint: t('settings.bodyKeysHint'),
        },
      ],
      {
        onSave: async (values) =>
          saved(await patch('/api/settings', { bodyLog: { ...values, keys: values.keys.map(identified) } })),
      },
    ).element,
  ];
}

function account() {
  return Promise.resolve([
    h(
      'div',
      { class: 'stack gap-2' },
      h('h2', {}, t('settings.look')),
      h('div', { class: 'line' }, languageChoice(), themeButton()),
    ),
    h('h2', {}, t('settings.password')),
    text('settings.passwordText'),
    form(
      [
        {
          name: 'currentPassword',
          label: t('settings.currentPassword'),
          type: 'password',
          required: true,
          attributes: { autocomplete: 'current-password' },
        },
        {
          name: 'password',
          label: t('start.newPassword'),
          type: 'password',
          required: true,
          hint: t('start.passwordHint'),
          attributes: { autocomplete: 'new-password' },
        },
      ],
      {
        save: t('settings.changePassword'),
        onSave: async (values) => {
          await put('/api/settings/require-login', values);
          toast(t('settings.passwordChanged'), 'good');
          go('/dashboard');
        },
      },
    ).element,
  ]);
}

async function about({ signal }) {
  const health = await get('/api/monitoring/health', { signal });
  const { system } = health;
  return [
    facts([
      [t('settings.version'), health.version],
      [t('settings.uptime'), duration(system.uptime * 1000)],
      [t('settings.memoryUse'), bytes(system.memoryUsage.rss)],
      [t('settings.platform'), `${system.platform}, pid ${system.pid}`],
      [t('settings.active'), number(system.activeRequests)],
      [t('settings.metrics'), h('a', { href: '/metrics', target: '_blank', rel: 'noopener' }, '/metrics')],
    ]),
    lifecycleButtons(),
  ];
}

/** @type {Record<string, (context: { signal: AbortSignal }) => Promise<import('../core/dom.js').Child>>} */
export const SECTIONS = { routing, combos, cache, prompt, thinking, addresses, bodies, general, account, about };
