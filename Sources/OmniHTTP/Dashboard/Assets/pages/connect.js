/** Lines to copy for each tool. */

import { h } from '../core/dom.js';
import { modelNames } from '../core/names.js';
import { t } from '../core/texts.js';
import { code, notice, pageHead } from '../ui/controls.js';
import { fieldOf } from '../ui/form.js';
import { tabs } from '../ui/tabs.js';

/**
 * @param {string} key a client key, or a place for one.
 * @param {string} model
 * @returns {[string, string, { text?: string, code?: string }[]][]} name, title, and what to do.
 */
function lines(key, model) {
  const base = location.origin;
  return [
    [
      'claude',
      'Claude Code',
      [
        { code: `export ANTHROPIC_BASE_URL=${base}\nexport ANTHROPIC_AUTH_TOKEN=${key}\nclaude --model ${model}` },
        { text: t('connect.claude') },
      ],
    ],
    [
      'codex',
      'Codex',
      [
        { text: t('connect.codex') },
        {
          code: `model = "${model}"\nmodel_provider = "omniroute"\n\n[model_providers.omniroute]\nname = "omniroute"\nbase_url = "${base}/v1"\nenv_key = "OMNIROUTE_KEY"\nwire_api = "responses"`,
        },
        { code: `export OMNIROUTE_KEY=${key}` },
      ],
    ],
    [
      'cursor',
      'Cursor',
      [
        { text: t('connect.cursor') },
        { code: `Override OpenAI Base URL: ${base}/v1\nOpenAI API Key: ${key}\nModel: ${model}` },
      ],
    ],
    [
      'cline',
      'Cline',
      [{ text: t('connect.cline') }, { code: `Base URL: ${base}/v1\nAPI Key: ${key}\nModel ID: ${model}` }],
    ],
    [
      'python',
      'OpenAI SDK',
      [
        {
          code: `from openai import OpenAI\n\nclient = OpenAI(base_url="${base}/v1", api_key="${key}")\nanswer = client.chat.completions.create(\n    model="${model}", messages=[{"role": "user", "content": "Hello!"}])\nprint(answer.choices[0].message.content)`,
        },
      ],
    ],
    [
      'gemini',
      'Gemini SDK',
      [
        {
          code: `from google import genai\n\nclient = genai.Client(api_key="${key}", http_options={"base_url": "${base}"})\nprint(client.models.generate_content(model="${model}", contents="Hello!").text)`,
        },
      ],
    ],
    ['ollama', 'Ollama', [{ code: `export OLLAMA_HOST=${base}\nollama run ${model}` }]],
    [
      'curl',
      'curl',
      [
        {
          code: `curl ${base}/v1/chat/completions \\\n  -H 'authorization: Bearer ${key}' -H 'content-type: application/json' \\\n  -d '{"model":"${model}","messages":[{"role":"user","content":"Hello!"}]}'`,
        },
      ],
    ],
  ];
}

/** Tabs with the lines of every tool. */
export function toolTabs(key, model, chosen, onChoose) {
  return tabs(
    t('connect.tools'),
    lines(key, model).map(([name, title, parts]) => [
      name,
      title,
      () => parts.map((part) => (part.code ? code(part.code) : h('p', { class: 'soft small' }, part.text))),
    ]),
    chosen,
    onChoose,
  );
}

export async function render(place) {
  const models = await modelNames();
  const model = fieldOf({
    name: 'model',
    label: t('connect.model'),
    value: models[0],
    suggestions: models,
  });
  const holder = h('div');
  let chosen = 'claude';
  const draw = () =>
    holder.replaceChildren(
      toolTabs(t('connect.keyPlace'), model.value || 'sim/echo', chosen, (name) => {
        chosen = name;
      }),
    );
  model.input.addEventListener('input', draw);
  draw();
  place.append(
    pageHead(t('page.connect'), t('connect.text')),
    notice(h('span', {}, t('connect.keyHint'), ' ', h('a', { href: '/dashboard/keys' }, t('page.keys')))),
    h(
      'div',
      { class: 'card' },
      h('div', { class: 'body top stack gap-5' }, h('div', { class: 'fields' }, model.element), holder),
    ),
  );
}
