/** Calls of the management API. */

/** What a refused call says; `field` names the input at fault, where there is one. */
class APIError extends Error {
  constructor(message, { status = 0, code = '', field = null } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

const listeners = new Set();

/** Calls `work` when a call learns that nobody is logged in any more. */
export function onLoggedOut(work) {
  listeners.add(work);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{ signal?: AbortSignal, quiet?: boolean, raw?: boolean }} [options] quiet: a 401 is the caller's business. raw: the
 *   answer itself is wanted, which is no JSON.
 */
export async function call(method, path, body, { signal, quiet = false, raw = false } = {}) {
  const isPlain = body === undefined || body instanceof FormData;
  let answer;
  try {
    answer = await fetch(path, {
      method,
      signal,
      credentials: 'same-origin',
      headers: isPlain ? {} : { 'content-type': 'application/json' },
      body: isPlain ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new APIError('', { code: 'offline' });
  }
  if (answer.ok && raw) return answer;
  const value = await answer.json().catch(() => null);
  if (answer.ok) return value;
  if (answer.status === 401 && !quiet && path.startsWith('/api/')) for (const listener of listeners) listener();
  const error = value?.error;
  throw new APIError(typeof error === 'string' ? error : (error?.message ?? `HTTP ${answer.status}`), {
    status: answer.status,
    code: error?.code ?? '',
    field: error?.field ?? null,
  });
}

export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body = {}, options) => call('POST', path, body, options);
export const put = (path, body, options) => call('PUT', path, body, options);
export const patch = (path, body, options) => call('PATCH', path, body, options);
export const remove = (path, body, options) => call('DELETE', path, body, options);

/** A path with a query; empty values are left out. */
export function withQuery(path, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== '' && value != null && value !== false) query.set(name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

const kept = new Map();

/** Like `get`, asked again only after a while: lists that several pages show and that seldom change. */
export function getKept(path, milliseconds = 15_000) {
  const known = kept.get(path);
  if (known && performance.now() - known.at < milliseconds) return known.answer;
  const answer = get(path);
  kept.set(path, { answer, at: performance.now() });
  answer.catch(() => kept.delete(path));
  return answer;
}

/** Forgets what `getKept` knows of paths that begin so. */
export function forget(prefix = '') {
  for (const path of [...kept.keys()]) if (path.startsWith(prefix)) kept.delete(path);
}
