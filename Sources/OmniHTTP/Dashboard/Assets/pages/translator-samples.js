/** Requests and recorded streams to begin with. */

const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
  required: ['city'],
};

export const REQUESTS = [
  {
    name: 'chatTools',
    body: {
      model: 'coding',
      stream: true,
      seed: 7,
      temperature: 1.4,
      max_completion_tokens: 800,
      logit_bias: { 50256: -100 },
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'How warm is it in Paris?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '18 degrees, clear' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'get_weather', description: 'The weather now.', parameters: WEATHER, strict: true },
        },
      ],
      tool_choice: 'auto',
      response_format: { type: 'json_object' },
    },
  },
  {
    name: 'anthropicThinking',
    body: {
      model: 'claude-sonnet-4-5',
      max_tokens: 4096,
      top_k: 20,
      thinking: { type: 'enabled', budget_tokens: 2048 },
      system: [{ type: 'text', text: 'You help with code.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: 'Which file has the router?' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'I should search for it.', signature: 'ErUBCkYIBxgCIkCs' },
            { type: 'tool_use', id: 'toolu_1', name: 'search', input: { query: 'router' } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'src/router.ts' }] },
      ],
      tools: [
        {
          name: 'search',
          description: 'Searches the code.',
          input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
          input_examples: [{ query: 'main' }],
        },
      ],
      metadata: { user_id: 'user-1' },
    },
  },
  {
    name: 'responses',
    body: {
      model: 'gpt-5.1',
      instructions: 'Answer like a pirate.',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Where is the treasure?' }] }],
      reasoning: { effort: 'high', summary: 'auto' },
      text: { verbosity: 'low' },
      max_tool_calls: 3,
      truncation: 'auto',
      store: false,
    },
  },
  {
    name: 'gemini',
    body: {
      systemInstruction: { parts: [{ text: 'Be precise.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Name three rivers.' }] }],
      generationConfig: {
        temperature: 0.4,
        topK: 40,
        maxOutputTokens: 300,
        responseMimeType: 'application/json',
        responseSchema: { type: 'ARRAY', items: { type: 'STRING' } },
        thinkingConfig: { thinkingBudget: 512 },
      },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    },
  },
  {
    name: 'ollama',
    body: {
      model: 'qwen3:8b',
      messages: [{ role: 'user', content: 'Why is the sky blue?' }],
      think: true,
      options: { temperature: 0.7, num_ctx: 8192, seed: 1, repeat_penalty: 1.1, num_predict: 200 },
      keep_alive: '10m',
    },
  },
];

const events = (...list) => list.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
const named = (...list) => list.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
const lines = (...list) => list.map((one) => `${JSON.stringify(one)}\n`).join('');

const chunk = (delta, finish_reason = null, more = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1790000000,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
});
const call = (part) => ({ tool_calls: [{ index: 0, ...part }] });
const candidate = (parts, more = {}) => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
});
const ollama = (message, more = { done: false }) => ({
  model: 'qwen3:8b',
  created_at: '2026-09-21T10:00:00.000000Z',
  message: { role: 'assistant', content: '', ...message },
  ...more,
});

export const STREAMS = [
  {
    name: 'anthropicStream',
    format: 'anthropic',
    text: named(
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'claude-sonnet-4-5',
          content: [],
          stop_reason: null,
          usage: { input_tokens: 24, cache_read_input_tokens: 64, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'ping' },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Look up Paris.' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQBCgIYAhIM' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Let me' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: ' check.' } },
      { type: 'content_block_stop', index: 1 },
      {
        type: 'content_block_start',
        index: 2,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} },
      },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '"Paris"}' } },
      { type: 'content_block_stop', index: 2 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 41 } },
      { type: 'message_stop' },
    ),
  },
  {
    name: 'chatStream',
    format: 'openai-chat',
    text: events(
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Let me' }),
      chunk({ content: ' check.' }),
      chunk(call({ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } })),
      chunk(call({ function: { arguments: '{"city":' } })),
      chunk(call({ function: { arguments: '"Paris"}' } })),
      chunk({}, 'tool_calls'),
      { ...chunk({}), choices: [], usage: { prompt_tokens: 88, completion_tokens: 41, total_tokens: 129 } },
      '[DONE]',
    ),
  },
  {
    name: 'geminiStream',
    format: 'gemini',
    text: events(
      candidate([{ text: 'Look up Paris.', thought: true }]),
      candidate([{ text: 'Let me check.' }]),
      candidate([
        {
          functionCall: { id: 'fc1', name: 'get_weather', args: { city: 'Paris' } },
          thoughtSignature: 'c2lnbmF0dXJl',
        },
      ]),
      {
        ...candidate([{ text: '' }], { finishReason: 'STOP' }),
        usageMetadata: { promptTokenCount: 88, candidatesTokenCount: 31, thoughtsTokenCount: 10, totalTokenCount: 129 },
      },
    ),
  },
  {
    name: 'ollamaStream',
    format: 'ollama',
    text: lines(
      ollama({ thinking: 'Look up Paris.' }),
      ollama({ content: 'Let me check.' }),
      ollama({ tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Paris' } } }] }),
      ollama({}, { done: true, done_reason: 'stop', prompt_eval_count: 88, eval_count: 41 }),
    ),
  },
  {
    name: 'brokenStream',
    format: 'openai-chat',
    text: events(
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'The answer is' }),
      { error: { message: 'The server had an error', type: 'server_error' } },
    ),
  },
];
