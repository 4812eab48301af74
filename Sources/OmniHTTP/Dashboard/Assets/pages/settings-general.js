/** What is none of routing: the router's name and look, who may see models, how long things are kept. */

import { forget, get, getKept, patch } from '../core/api.js';
import { LANGUAGES, t } from '../core/texts.js';
import { form } from '../ui/form.js';
import { toast } from '../ui/toasts.js';

export async function general({ signal }) {
  const [values, { connections }] = await Promise.all([get('/api/settings', { signal }), getKept('/api/providers')]);
  const providers = [...new Set(connections.map((one) => one.provider))];
  return [
    form(
      [
        {
          name: 'instanceName',
          label: t('general.name'),
          value: values.instanceName,
          hint: t('general.nameHint'),
          attributes: { maxlength: 100 },
        },
        {
          name: 'logRetentionDays',
          label: t('general.days'),
          type: 'number',
          value: values.logRetentionDays,
          hint: t('general.daysHint'),
          attributes: { min: 1, max: 3650 },
        },
        {
          name: 'theme',
          label: t('general.theme'),
          type: 'select',
          value: values.theme,
          options: ['system', 'light', 'dark'].map((name) => [name, t(`theme.${name === 'system' ? 'auto' : name}`)]),
        },
        {
          name: 'language',
          label: t('general.language'),
          type: 'select',
          value: values.language ?? '',
          options: [['', t('general.browser')], ...Object.entries(LANGUAGES)],
        },
        {
          name: 'blockedProviders',
          label: t('general.blocked'),
          type: 'list',
          value: values.blockedProviders,
          hint: t('general.blockedHint', { example: providers[0] ?? 'openai' }),
        },
        { name: 'requireApiKey', label: t('general.needsKey'), type: 'switch', value: values.requireApiKey, whole: true },
        {
          name: 'requireAuthForModels',
          label: t('general.modelsNeedKey'),
          type: 'switch',
          value: values.requireAuthForModels,
          whole: true,
        },
      ],
      {
        onSave: async (changed) => {
          await patch('/api/settings', { ...changed, language: changed.language || null });
          forget('/api/');
          toast(t('action.saved'), 'good');
        },
      },
    ).element,
  ];
}
