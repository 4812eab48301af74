/** How each dialect asks, and how its answers and events are read. */

const text = (role, value) => ({ role, content: value });

/** @type {Record<string, { title: string, path: (given: object) => string, body: (given: object) => object, read: (value: object) => object }>} */
export const DIALECTS = {
  chat: {
    title: 'OpenAI Chat',
    path: () => '/v1/chat/completions',
    body: ({ model, turns, system, temperature, maxTokens, isStreaming }) => ({
      model,
      messages: [...(system ? [text('system', system)] : []), ...turns.map((turn) => text(turn.role, turn.text))],
      max_completion_tokens: maxTokens,
      temperature,
      stream: isStreaming,
      stream_options: isStreaming ? { include_usage: true } : undefined,
    }),
    read: (value) => {
      const part = value.choices?.[0]?.delta ?? value.choices?.[0]?.message;
      return {
        text: part?.content,
        thought: part?.reasoning_content ?? part?.reasoning,
        usage: value.usage && { input: value.usage.prompt_tokens, output: value.usage.completion_tokens },
      };
    },
  },
  responses: {
    title: 'OpenAI Responses',
    path: () => '/v1/responses',
    body: ({ model, turns, system, temperature, maxTokens, isStreaming }) => ({
      model,
      instructions: system || undefined,
      input: turns.map((turn) => text(turn.role, turn.text)),
      max_output_tokens: maxTokens,
      temperature,
      stream: isStreaming,
      store: false,
    }),
    read: (value) => {
      const usage = (value.response ?? value).usage;
      return {
        text:
          value.type === 'response.output_text.delta'
            ? value.delta
            : (value.output ?? [])
                .filter((item) => item.type === 'message')
                .flatMap((item) => item.content)
                .map((part) => part.text ?? '')
                .join(''),
        thought: /reasoning.*\.delta$/.test(value.type ?? '') ? value.delta : undefined,
        usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
      };
    },
  },
  anthropic: {
    title: 'Anthropic Messages',
    path: () => '/v1/messages',
    body: ({ model, turns, system, temperature, maxTokens, isStreaming }) => ({
      model,
      system: system || undefined,
      messages: turns.map((turn) => text(turn.role, turn.text)),
      max_tokens: maxTokens ?? 1024,
      temperature,
      stream: isStreaming,
    }),
    read: (value) => {
      const usage = value.usage ?? value.message?.usage;
      return {
        text: value.delta?.text ?? (value.content ?? []).map((part) => part.text ?? '').join(''),
        thought: value.delta?.thinking,
        usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
      };
    },
  },
  gemini: {
    title: 'Gemini',
    path: ({ model, isStreaming }) =>
      `/v1beta/models/${model}:${isStreaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: ({ turns, system, temperature, maxTokens }) => ({
      contents: turns.map((turn) => ({ role: turn.role === 'user' ? 'user' : 'model', parts: [{ text: turn.text }] })),
      systemInstruction: system ? { parts: [{ text: system }] } : undefined,
      generationConfig: { temperature, maxOutputTokens: maxTokens },
    }),
    read: (value) => {
      const parts = value.candidates?.[0]?.content?.parts ?? [];
      const of = (isThought) =>
        parts
          .filter((part) => Boolean(part.thought) === isThought)
          .map((part) => part.text ?? '')
          .join('');
      const usage = value.usageMetadata;
      return {
        text: of(false),
        thought: of(true),
        usage: usage && { input: usage.promptTokenCount, output: usage.candidatesTokenCount },
      };
    },
  },
  ollama: {
    title: 'Ollama',
    path: () => '/api/chat',
    body: ({ model, turns, system, temperature, maxTokens, isStreaming }) => ({
      model,
      messages: [...(system ? [text('system', system)] : []), ...turns.map((turn) => text(turn.role, turn.text))],
      stream: isStreaming,
      options: { temperature, num_predict: maxTokens },
    }),
    read: (value) => ({
      text: value.message?.content,
      thought: value.message?.thinking,
      usage: value.done && { input: value.prompt_eval_count, output: value.eval_count },
    }),
  },
};

/**
 * Asks, and tells of everything as it comes.
 * @param {object} given
 * @param {{ request: (text: string) => void, headers: (pairs: [string, string][]) => void, event: (line: string) => void,
 *   text: (more: string) => void, thought: (more: string) => void }} tell
 * @returns {Promise<{ usage: { input: number, output: number } | null, servedBy: string }>}
 */
export async function send(given, tell) {
  const dialect = DIALECTS[given.dialect];
  const request = { ...given, temperature: given.temperature ?? undefined, maxTokens: given.maxTokens ?? undefined };
  const path = dialect.path(request);
  const body = dialect.body(request);
  tell.request(`POST ${path}\n\n${JSON.stringify(body, null, 2)}`);
  const answer = await fetch(path, {
    method: 'POST',
    signal: given.signal,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(given.key ? { authorization: `Bearer ${given.key}` } : {}) },
  });
  tell.headers([[':status', String(answer.status)], ...answer.headers]);
  let usage = null;
  const take = (value) => {
    const fault = value.error ?? (value.type === 'error' ? value : null) ?? value.response?.error;
    if (fault) throw new Error(fault.message ?? (typeof fault === 'string' ? fault : JSON.stringify(fault)));
    const read = dialect.read(value);
    if (read.thought) tell.thought(read.thought);
    if (read.text) tell.text(read.text);
    if (read.usage) usage = { input: read.usage.input ?? usage?.input, output: read.usage.output ?? usage?.output };
  };
  if (answer.ok && given.isStreaming) {
    for await (const line of linesOf(answer.body)) readLine(line, tell, take);
  } else {
    const value = await answer.json();
    tell.event(JSON.stringify(value, null, 2));
    if (!answer.ok && !value.error) throw new Error(`HTTP ${answer.status}`);
    take(value);
  }
  const served = [answer.headers.get('x-omniroute-provider'), answer.headers.get('x-omniroute-model')]
    .filter(Boolean)
    .join('/');
  return { usage, servedBy: served };
}

/** A line of an event stream, or of Ollama's lines of JSON. */
function readLine(line, tell, take) {
  if (line === '') return;
  tell.event(line);
  const data = line.startsWith('data:') ? line.slice(5).trim() : line.startsWith('{') ? line : null;
  if (data && data !== '[DONE]') take(JSON.parse(data));
}

async function* linesOf(stream) {
  let rest = '';
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest) yield rest;
}
