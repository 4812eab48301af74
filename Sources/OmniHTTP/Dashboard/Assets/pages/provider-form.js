/** Adding and changing an account of a provider, with a test of the connection before and after. */

import { forget, get, getKept, patch, post } from '../core/api.js';
import { duration } from '../core/format.js';
import { h, show } from '../core/dom.js';
import { t, tOr } from '../core/texts.js';
import { button, notice, providerMark } from '../ui/controls.js';
import { form } from '../ui/form.js';

/** Providers that most people begin with. */
const FIRST = ['anthropic', 'openai', 'gemini', 'openrouter', 'deepseek', 'groq', 'mistral', 'xai'];

/** Providers of the catalogue and custom nodes, by name. */
export async function providerNames() {
  const { catalog } = await getKept('/api/models/catalog');
  return Object.entries(catalog)
    .filter(([id]) => id !== 'sim')
    .map(([id, entry]) => ({ id: entry.providerId ?? id, prefix: id, name: entry.provider, isNode: entry.node }))
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

/**
 * Choice of a provider, then the account.
 * @param {{ onDone: (connection: object) => unknown, save?: string, extra?: Node, provider?: string }} options
 */
export function connectionForm({ onDone, save, extra, provider }) {
  const holder = h('div', { class: 'stack gap-5' });
  providerNames().then(
    (names) => draw(holder, names, { onDone, save, extra, chosen: provider }),
    (error) => show(holder, notice(error.message, 'bad')),
  );
  return holder;
}

function draw(holder, names, { onDone, save, extra, chosen }) {
  const result = h('div', { 'aria-live': 'polite' });
  const parts = form(
    [
      {
        name: 'provider',
        label: t('providers.provider'),
        type: 'select',
        value: chosen ?? 'anthropic',
        options: names.map(({ id, name }) => [id, name]),
        whole: true,
      },
      {
        name: 'name',
        label: t('providers.name'),
        value: t('providers.defaultName'),
        required: true,
        hint: t('providers.nameHint'),
      },
      { name: 'apiKey', label: t('providers.apiKey'), type: 'password', hint: t('providers.apiKeyHint') },
      { name: 'baseUrl', label: t('providers.baseUrl'), type: 'url', hint: t('providers.baseUrlHint'), whole: true },
    ],
    {
      save: save ?? t('providers.add'),
      extra,
      onSave: async (values) => {
        const { connection } = await post('/api/providers', clean(values));
        forget();
        await onDone(connection);
      },
    },
  );
  const test = button(t('providers.testFirst'), {
    icon: 'test',
    onClick: async () => {
      show(result);
      const { provider, apiKey, baseUrl } = parts.fields;
      const verdict = await post(
        '/api/providers/validate',
        clean({ provider: provider.value, apiKey: apiKey.value, baseUrl: baseUrl.value }),
      );
      show(result, testNotice(verdict));
    },
  });
  parts.submit.before(test);
  const quick = h(
    'div',
    { class: 'tools', role: 'group', 'aria-label': t('providers.often') },
    FIRST.map((id) => names.find((one) => one.id === id))
      .filter(Boolean)
      .map(({ id, name }) =>
        h(
          'button',
          {
            type: 'button',
            class: 'choice',
            'aria-pressed': String(parts.fields.provider.value === id),
            dataset: { id },
            onClick: () => {
              parts.fields.provider.value = id;
              mark();
              parts.fields.apiKey.input.focus();
            },
          },
          providerMark(id),
          h('span', { class: 'cut' }, name),
        ),
      ),
  );
  const mark = () => {
    for (const choice of quick.children)
      choice.setAttribute('aria-pressed', String(choice.dataset.id === parts.fields.provider.value));
  };
  parts.fields.provider.input.addEventListener('change', mark);
  show(holder, chosen ? null : quick, parts.element, result);
}

/** What a test found, for people. */
export function testNotice(verdict) {
  if (verdict.valid) return notice(t('providers.testGood', { time: duration(verdict.latencyMs) }), 'good');
  return notice(
    h(
      'div',
      { class: 'stack gap-1' },
      h('strong', {}, tOr(`diagnosis.${verdict.diagnosis?.type}`, t('providers.testBad'))),
      h('span', {}, verdict.error),
      verdict.statusCode && h('span', { class: 'faint' }, `HTTP ${verdict.statusCode}`),
    ),
    'bad',
  );
}

/** A dialog's form for an account that exists. */
export function editForm(connection, { onDone, cancel }) {
  return form(
    [
      { name: 'name', label: t('providers.name'), value: connection.name, required: true },
      {
        name: 'apiKey',
        label: t('providers.newApiKey'),
        type: 'password',
        hint: t('providers.keepKey', { key: connection.apiKeyMasked ?? '–' }),
      },
      { name: 'baseUrl', label: t('providers.baseUrl'), type: 'url', value: connection.baseUrl, whole: true },
      { name: 'priority', label: t('providers.priority'), type: 'number', value: connection.priority },
      { name: 'weight', label: t('providers.weight'), type: 'number', value: connection.weight },
      {
        name: 'maxConcurrent',
        label: t('providers.maxConcurrent'),
        type: 'number',
        value: connection.maxConcurrent,
        hint: t('form.emptyNoLimit'),
      },
      {
        name: 'requestsPerMinute',
        label: t('providers.rpm'),
        type: 'number',
        value: connection.requestsPerMinute,
        hint: t('form.emptyNoLimit'),
      },
      {
        name: 'tokensPerMinute',
        label: t('providers.tpm'),
        type: 'number',
        value: connection.tokensPerMinute,
        hint: t('form.emptyNoLimit'),
      },
      { name: 'isActive', label: t('providers.active'), type: 'switch', value: connection.isActive, whole: true },
    ],
    {
      cancel,
      onSave: async ({ apiKey, baseUrl, ...values }) => {
        const body = { ...values, baseUrl: baseUrl || null };
        if (apiKey) body.apiKey = apiKey;
        await patch(`/api/providers/${connection.id}`, body);
        forget();
        await onDone();
      },
    },
  ).element;
}

/** The models an account has, as its upstream tells. */
export async function modelsOf(connection) {
  return get(`/api/providers/${connection.id}/models`);
}

function clean(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value != null));
}
