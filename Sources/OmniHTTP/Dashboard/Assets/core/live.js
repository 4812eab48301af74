/** The router's live events, one connection for all parts of the page that watch. */

const watchers = new Set();
const target = new EventTarget();
let source = null;
/** 'idle' | 'connecting' | 'open' | 'lost' */
let state = 'idle';
/** Whether somebody is logged in, as far as is known. */
let isWanted = false;

/**
 * @param {{ requests?: (batch: object) => void, pulse?: (pulse: object) => void, state?: (name: string) => void }} watcher
 * @returns {() => void} ends the watching.
 */
export function watch(watcher) {
  watchers.add(watcher);
  connect();
  watcher.state?.(state);
  return () => watchers.delete(watcher);
}

/** Begins, when somebody has logged in. */
export function connect() {
  isWanted = true;
  if (source || watchers.size === 0) return;
  change('connecting');
  source = new EventSource('/api/events');
  source.addEventListener('open', () => change('open'));
  source.addEventListener('requests', (event) => tell('requests', JSON.parse(event.data)));
  source.addEventListener('pulse', (event) => tell('pulse', JSON.parse(event.data)));
  source.addEventListener('end', () => {
    disconnect();
    target.dispatchEvent(new Event('end'));
  });
  source.addEventListener('error', () => {
    change('lost');
    // The browser tries again by itself unless it was refused.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(() => isWanted && connect(), 5000);
    }
  });
}

export function disconnect() {
  isWanted = false;
  source?.close();
  source = null;
  change('idle');
}

/** Calls `work` when the session the events belong to is over. */
export function onEnd(work) {
  target.addEventListener('end', work);
}

function change(name) {
  if (state === name) return;
  state = name;
  tell('state', name);
}

function tell(kind, value) {
  for (const watcher of [...watchers]) watcher[kind]?.(value);
}
