/** The level of the cache that compares questions by what they say. */

import { get, getKept, patch } from '../core/api.js';
import { h } from '../core/dom.js';
import { duration, money, number, percent } from '../core/format.js';
import { t } from '../core/texts.js';
import { facts, notice } from '../ui/controls.js';
import { form } from '../ui/form.js';
import { toast } from '../ui/toasts.js';

const choices = (prefix, names) => names.map((name) => [name, t(`${prefix}.${name}`)]);

export async function semantic({ signal }) {
  const [{ cache }, { semanticCache }, { catalog }] = await Promise.all([
    get('/api/settings', { signal }),
    get('/api/cache', { signal }),
    getKept('/api/models/catalog'),
  ]);
  const settings = cache.semantic;
  const figures = semanticCache.semantic;
  const models = Object.values(catalog)
    .filter((entry) => entry.active)
    .flatMap((entry) => entry.models.filter((model) => model.type === 'embedding').map((model) => model.id));
  return [
    h('h2', {}, t('semantic.title')),
    h('p', { class: 'small soft' }, t('semantic.text')),
    figures.lastFailure && notice(t('semantic.failed', { reason: figures.lastFailure }), 'warn'),
    figures.enabled && standing(figures),
    form(
      [
        { name: 'enabled', label: t('semantic.on'), type: 'switch', value: settings.enabled, whole: true },
        {
          name: 'model',
          label: t('semantic.model'),
          value: settings.model,
          suggestions: models,
          hint: t('semantic.modelHint'),
        },
        {
          name: 'threshold',
          label: t('semantic.threshold'),
          type: 'number',
          value: settings.threshold,
          hint: t('semantic.thresholdHint'),
          attributes: { min: 0.5, max: 1, step: 0.01 },
        },
        {
          name: 'part',
          label: t('semantic.part'),
          type: 'select',
          value: settings.part,
          options: choices('semanticPart', ['last-turn', 'conversation']),
        },
        {
          name: 'scope',
          label: t('settings.cacheScope'),
          type: 'select',
          value: settings.scope,
          options: choices('cacheScope', ['key', 'shared']),
        },
        {
          name: 'maxTemperature',
          label: t('semantic.maxTemperature'),
          type: 'number',
          value: settings.maxTemperature,
          hint: t('semantic.maxTemperatureHint'),
          attributes: { min: 0, max: 1, step: 0.1 },
        },
        { name: 'maxEntries', label: t('settings.maxEntries'), type: 'number', value: settings.maxEntries },
        {
          name: 'timeoutMs',
          label: t('semantic.timeout'),
          type: 'number',
          value: settings.timeoutMs,
          reads: duration,
        },
      ],
      {
        onSave: async (values) => {
          const answer = await patch('/api/settings', { cache: { semantic: values } });
          if (answer?.ignored?.length) toast(t('form.ignored', { names: answer.ignored.join(', ') }), 'bad');
          else toast(t('action.saved'), 'good');
        },
      },
    ).element,
  ];
}

function standing(figures) {
  const counts = t('home.cacheCounts', { hits: number(figures.hits), misses: number(figures.misses) });
  return facts([
    [t('home.cache'), `${percent(figures.hitRate, 1)} (${counts})`],
    [t('settings.memory'), number(figures.entries)],
    [t('semantic.calls'), `${number(figures.embeddingCalls)} · ${money(figures.embeddingCost)}`],
  ]);
}
