/** A logged request sent once more, to the same model or another, and both answers side by side. */

import { post } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { duration, money, number } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { t } from '../core/texts.js';
import { badge, body, button, card, code, facts, notice } from '../ui/controls.js';
import { fieldOf } from '../ui/form.js';

/** What stands in an answer of each dialect for people to read; calls of tools are told by their names. */
const WORDS = {
  'openai-chat': ({ choices = [] }) =>
    choices.flatMap(({ message = {}, text }) => [
      text,
      message.content,
      ...(message.tool_calls ?? []).map((call) => toolCall(call.function?.name, call.function?.arguments)),
    ]),
  'openai-responses': ({ output = [] }) =>
    output.flatMap((item) =>
      item.type === 'function_call' ? [toolCall(item.name, item.arguments)] : (item.content ?? []).map((part) => part.text),
    ),
  anthropic: ({ content = [] }) =>
    content.map((part) => (part.type === 'tool_use' ? toolCall(part.name, JSON.stringify(part.input)) : part.text)),
  gemini: ({ candidates = [] }) =>
    (candidates[0]?.content?.parts ?? []).map(({ text, thought, functionCall }) =>
      functionCall ? toolCall(functionCall.name, JSON.stringify(functionCall.args)) : thought ? null : text,
    ),
  ollama: ({ message, response }) => [
    response,
    message?.content,
    ...(message?.tool_calls ?? []).map((call) => toolCall(call.function?.name, JSON.stringify(call.function?.arguments))),
  ],
};

const toolCall = (name, given) => `${name}(${given ?? ''})`;

/** @returns {Promise<string>} the text of an answer; of a recorded stream, what its events say. */
async function words(format, answer, signal) {
  if (answer == null) return '';
  if (typeof answer === 'object') {
    if (answer.error) return answer.error.message ?? String(answer.error);
    return (WORDS[format]?.(answer) ?? []).filter(Boolean).join('\n');
  }
  try {
    const { steps } = await post('/api/translator/stream', { stream: answer, from: format, to: format }, { signal });
    const parts = { text: ({ text }) => text, blockStart: ({ name }) => (name ? `\n${name} ` : ''), arguments: ({ text }) => text };
    return steps
      .flatMap((step) => step.events)
      .map((event) => parts[event.type]?.(event) ?? '')
      .join('')
      .trim();
  } catch {
    // What is no stream of the dialect is shown as it stands.
    return answer;
  }
}

/** @param {object} log of a request whose body was logged. */
export function replayCard(log, signal) {
  const holder = h('div', { 'aria-live': 'polite' });
  const model = fieldOf({ name: 'model', label: t('replay.model'), value: log.model });
  modelNames().then((names) => {
    const id = `${model.input.id}-names`;
    model.input.setAttribute('list', id);
    model.input.after(
      h(
        'datalist',
        { id },
        names.map((value) => h('option', { value })),
      ),
    );
  });
  const send = button(t('replay.send'), { icon: 'refresh', kind: 'primary', type: 'submit' });
  const form = h(
    'form',
    { class: 'line step-adder', novalidate: true, onSubmit: (event) => ask(event) },
    h('div', { class: 'grow' }, model.element),
    send,
  );
  async function ask(event) {
    event.preventDefault();
    if (send.getAttribute('aria-busy') === 'true') return;
    send.setAttribute('aria-busy', 'true');
    model.blame(null);
    try {
      const path = `/api/usage/request-logs/${encodeURIComponent(log.id)}/replay`;
      const replay = await post(path, { model: model.value.trim() }, { signal });
      show(holder, await comparison(log, replay, signal));
    } catch (error) {
      if (error.field === 'model') model.blame(error.message);
      else if (error.name !== 'AbortError') show(holder, notice(error.message, 'bad', { live: true }));
    } finally {
      send.removeAttribute('aria-busy');
    }
  }
  return card(t('replay.title'), { id: 'replay' }, body(h('p', { class: 'small soft' }, t('replay.text')), form, holder));
}

async function comparison(log, replay, signal) {
  const [before, after] = await Promise.all([
    words(log.sourceFormat, log.responseBody, signal),
    words(replay.format, replay.responseBody, signal),
  ]);
  return h(
    'div',
    { class: 'stack' },
    replay.redacted && notice(t('replay.redacted'), 'warn'),
    h('div', { class: 'columns' }, side(t('replay.before'), log, before), side(t('replay.after'), afterLog(replay), after)),
    h(
      'details',
      {},
      h('summary', {}, t('replay.raw')),
      code(
        typeof replay.responseBody === 'string' ? replay.responseBody : JSON.stringify(replay.responseBody, null, 2),
      ),
    ),
  );
}

/** A request that was given up has no log of its own. */
function afterLog(replay) {
  return {
    ...replay.log,
    model: replay.model,
    status: replay.status ?? '–',
    duration: replay.latencyMs,
    error: replay.success ? null : (replay.log?.error ?? ''),
  };
}

function side(title, log, text) {
  const served = log.servedModel && `${log.provider}/${log.servedModel}`;
  return h(
    'section',
    { class: 'answer stack gap-3', 'aria-label': title },
    h(
      'div',
      { class: 'line spread wrap' },
      h('h3', {}, title),
      badge(String(log.status), log.status < 300 ? 'good' : 'bad', { dot: true }),
    ),
    facts([
      [t('requests.model'), log.model],
      [t('request.served'), served],
      [t('requests.duration'), duration(log.duration)],
      [t('requests.tokens'), log.tokens && `${number(log.tokens.in)} → ${number(log.tokens.out)}`],
      [t('requests.cost'), log.cost == null ? t('request.noPrice') : money(log.cost)],
    ]),
    h('div', { class: 'words' }, text || h('span', { class: 'faint' }, t('replay.noWords'))),
  );
}
