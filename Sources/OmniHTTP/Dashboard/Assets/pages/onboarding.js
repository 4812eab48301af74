/** First run: setup token, password, a provider, a client key, and the first request as it arrives. */

import { call, forget, get, post, put } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { watch } from '../core/live.js';
import { go } from '../core/router.js';
import { t } from '../core/texts.js';
import { duration } from '../core/format.js';
import { button, code, notice, whileBusy } from '../ui/controls.js';
import { fieldOf, form } from '../ui/form.js';
import { toastError } from '../ui/toasts.js';
import { toolTabs } from './connect.js';
import { foot, head } from './login.js';
import { connectionForm } from './provider-form.js';

const STEPS = ['token', 'password', 'provider', 'key'];

export async function render(place, { signal }) {
  const [status, settings] = await Promise.all([
    call('GET', '/api/auth/status', undefined, { quiet: true }),
    call('GET', '/api/settings/require-login', undefined, { quiet: true }),
  ]);
  const steps = { token, password, provider, key };
  const next = (name, given) => draw(name, given);
  function draw(name, given) {
    const number = STEPS.indexOf(name);
    const progress = h(
      'ol',
      { class: 'steps', 'aria-label': t('start.progress', { step: number + 1, steps: STEPS.length }) },
      STEPS.map((_, index) =>
        h('li', { 'data-done': index <= number, 'aria-current': index === number ? 'step' : null }),
      ),
    );
    show(place, progress, steps[name](next, given, signal), foot());
    place.querySelector('input:not([type=radio])')?.focus();
  }
  draw(settings.hasPassword ? 'provider' : status.authenticated ? 'password' : 'token');
}

function token(next) {
  return [
    head(t('start.welcome'), t('start.tokenText')),
    form(
      [
        {
          name: 'password',
          label: t('start.token'),
          required: true,
          whole: true,
          hint: t('start.tokenHint'),
          attributes: { autocomplete: 'one-time-code', placeholder: 'setup-…' },
        },
      ],
      {
        save: t('action.continue'),
        onSave: async ({ password }) => {
          await post('/api/auth/login', { password: password.trim() }, { quiet: true });
          next('password');
        },
      },
    ).element,
  ];
}

function password(next) {
  return [
    head(t('start.password'), t('start.passwordText')),
    form(
      [
        {
          name: 'password',
          label: t('start.newPassword'),
          type: 'password',
          required: true,
          whole: true,
          hint: t('start.passwordHint'),
          attributes: { autocomplete: 'new-password', minlength: 8 },
        },
      ],
      {
        save: t('action.continue'),
        onSave: async (values) => {
          await put('/api/settings/require-login', values);
          next('provider');
        },
      },
    ).element,
  ];
}

function provider(next) {
  const skip = button(t('start.skipProvider'), { kind: 'quiet', onClick: () => next('key', { model: 'sim/echo' }) });
  return [
    head(t('start.provider'), t('start.providerText')),
    connectionForm({
      extra: skip,
      save: t('start.addProvider'),
      onDone: async (connection) => {
        forget();
        const { models } = await get(`/api/providers/${connection.id}/models`).catch(() => ({ models: [] }));
        const chat = models.find((model) => model.type === 'chat' || model.type === 'unknown');
        const prefix = connection.providerSpecificData?.prefix ?? connection.provider;
        next('key', { model: chat ? `${prefix}/${chat.id}` : 'sim/echo' });
      },
    }),
  ];
}

function key(_, { model }, signal) {
  const name = fieldOf({ name: 'name', label: t('keys.name'), value: t('start.keyName'), whole: true });
  const holder = h('div', { class: 'stack sheet' });
  const make = button(t('start.makeKey'), { kind: 'primary' });
  const work = () =>
    whileBusy(make, async () => {
      const made = await post('/api/keys', { name: name.value || 'key' });
      forget('/api/keys');
      show(holder, made.key ? ready(made.key, model, signal) : null);
    });
  make.addEventListener('click', work);
  name.input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      work();
    }
  });
  holder.append(
    name.element,
    h(
      'div',
      { class: 'form-foot' },
      button(t('start.toDashboard'), { kind: 'quiet', onClick: () => go('/dashboard') }),
      make,
    ),
  );
  return [head(t('start.key'), t('start.keyText')), holder];
}

function ready(secret, model, signal) {
  const seen = h(
    'div',
    { class: 'waiting', role: 'status' },
    h('span', { class: 'pulse-dot', 'aria-hidden': 'true' }),
    h('div', {}, h('strong', {}, t('start.waiting')), h('div', { class: 'small soft' }, t('start.waitingText'))),
  );
  const unwatch = watch({
    requests: (batch) => {
      if (batch.requests.length > 0) arrived(seen, batch.requests.at(-1));
    },
  });
  signal.addEventListener('abort', unwatch);
  return [
    notice(t('keys.once'), 'warn'),
    code(secret),
    toolTabs(secret, model),
    seen,
    h(
      'div',
      { class: 'form-foot' },
      button(t('start.trySim'), { icon: 'play', onClick: () => tryOut(secret) }),
      button(t('start.toDashboard'), { kind: 'primary', onClick: () => go('/dashboard') }),
    ),
  ];
}

function arrived(seen, request) {
  const isGood = request.status < 400;
  seen.classList.toggle('seen', isGood);
  show(
    seen,
    h(
      'div',
      {},
      h('strong', {}, isGood ? t('start.seen') : t('start.seenFailed', { status: request.status })),
      h(
        'div',
        { class: 'small soft' },
        `${request.model} · ${request.servedModel || request.error} · ${duration(request.duration)}`,
      ),
    ),
  );
}

/** A request as a tool would send it, to the simulator. */
async function tryOut(secret) {
  const answer = await fetch('/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'Hello from the dashboard' }] }),
  });
  if (!answer.ok) toastError(new Error(`HTTP ${answer.status}`));
}
