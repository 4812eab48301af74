/** Logins of accounts at providers with OAuth: in the browser, on another device, or with tokens one has already. */

import { get, post } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { duration } from '../core/format.js';
import { t } from '../core/texts.js';
import { badge, button, code, copy, empty, notice, providerMark, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { fieldOf, form } from '../ui/form.js';
import { tabs } from '../ui/tabs.js';
import { openClient } from './oauth-clients.js';

const PACE = 1500;
/** Seconds a login in the browser may take; the router forgets it after that. */
const PATIENCE = 600;

const address = (id, action) => `/api/oauth/${encodeURIComponent(id)}/${action}`;

/**
 * @param {{ provider?: string, account?: object, onDone: (connection?: object) => unknown }} wish account: one to log in again.
 */
export function openLogin({ provider, account, onDone }) {
  const ended = new AbortController();
  const holder = h('div', { class: 'stack gap-5' }, skeleton(4));
  openDialog(
    account ? t('oauth.again', { name: account.name }) : t('oauth.login'),
    (close) => {
      const context = { account, signal: ended.signal, holder };
      context.done = async (connection) => {
        close();
        await onDone(connection);
      };
      context.choose = (id) => chosen(id, context);
      context.list = () => list(context);
      (provider ? context.choose(provider) : context.list()).catch((error) => {
        if (!ended.signal.aborted) show(holder, notice(error.message, 'bad'));
      });
      return holder;
    },
    { onClose: () => ended.abort() },
  );
}

/** Providers one can log in to, those with a registered client first. */
async function list(context) {
  const { providers } = await get('/api/settings/oauth', { signal: context.signal });
  const entry = (one) =>
    h(
      'button',
      {
        type: 'button',
        class: 'choice',
        onClick: () =>
          one.configured
            ? context.choose(one.id).catch((error) => show(context.holder, notice(error.message, 'bad')))
            : openClient(one, () => list(context)),
      },
      providerMark(one.name ?? one.id),
      h('span', { class: 'grow cut' }, one.name ?? one.id),
      one.configured ? badge(t('oauth.ready'), 'good') : badge(t('oauth.noClient')),
    );
  const sorted = providers.toSorted((one, other) => Number(other.configured) - Number(one.configured));
  show(
    context.holder,
    h('p', { class: 'small soft' }, t('oauth.loginText')),
    sorted.length > 0
      ? h('div', { class: 'stack gap-2', role: 'group', 'aria-label': t('oauth.login') }, sorted.map(entry))
      : empty('keys', t('oauth.none')),
    h(
      'div',
      { class: 'form-foot' },
      button(t('oauth.addServer'), { icon: 'plus', kind: 'quiet', onClick: () => openClient(null, () => list(context)) }),
    ),
  );
}

/** The ways to log in to one provider. */
async function chosen(id, context) {
  const standing = await get(address(id, 'status'), { signal: context.signal });
  const name = context.account
    ? null
    : fieldOf({ name: 'name', label: t('providers.name'), hint: t('oauth.nameHint') });
  const purpose = () =>
    context.account ? { connectionId: context.account.id } : name.value.trim() ? { name: name.value.trim() } : {};
  const own = { ...context, id, purpose };
  const ways = {
    authorization_code_pkce: ['browser', () => browserLogin(own)],
    device_code: ['device', () => deviceLogin(own)],
    import_token: ['tokens', () => tokenImport(own)],
  };
  show(
    context.holder,
    h('div', { class: 'line' }, providerMark(standing.name), h('strong', {}, standing.name)),
    name?.element,
    tabs(
      t('oauth.login'),
      standing.flows.filter((flow) => ways[flow]).map((flow) => [flow, t(`oauth.${ways[flow][0]}`), ways[flow][1]]),
    ),
  );
}

/** Opens the provider's page; the browser that comes back tells the router, which is asked until then. */
function browserLogin({ id, purpose, signal, done }) {
  const state = h('div', { class: 'stack', 'aria-live': 'polite' });
  const begin = button(t('oauth.open'), {
    icon: 'login',
    kind: 'primary',
    onClick: async () => {
      const known = await accountsOf(id, signal);
      const begun = await post(address(id, 'authorize'), purpose(), { signal });
      open(begun.authUrl, '_blank', 'noopener,popup,width=560,height=720');
      show(state, waiting(begun));
      follow(begun, known).catch((error) => {
        if (!signal.aborted) show(state, notice(error.message, 'bad', { live: true }));
      });
    },
  });
  const waiting = (begun) => [
    h(
      'div',
      { class: 'waiting' },
      h('span', { class: 'pulse-dot' }),
      h('div', { class: 'grow small' }, t('oauth.waiting')),
      countdown(begun.expiresIn ?? PATIENCE, signal),
    ),
    h('a', { href: begun.authUrl, target: '_blank', rel: 'noopener', class: 'small' }, t('oauth.openAgain')),
    h(
      'details',
      {},
      h('summary', {}, t('oauth.pasteTitle')),
      form(
        [{ name: 'callbackUrl', label: t('oauth.paste'), whole: true, required: true, hint: t('oauth.pasteHint') }],
        {
          save: t('oauth.finish'),
          onSave: async ({ callbackUrl }) => {
            // A code alone belongs to the login that was just begun.
            const isAddress = callbackUrl.includes('://');
            const brought = isAddress ? { callbackUrl } : { code: callbackUrl, state: begun.state };
            const { connection } = await post(address(id, 'exchange'), brought, { signal });
            await done(connection);
          },
        },
      ).element,
    ),
  ];
  async function follow(begun, known) {
    const path = `${address(id, 'status')}?state=${encodeURIComponent(begun.state)}`;
    for (;;) {
      await pause(PACE, signal);
      const standing = await get(path, { signal });
      if (standing.pending) continue;
      const changed = standing.connections.find((one) => known.get(one.id) !== one.connection.updatedAt);
      if (changed) await done(changed.connection);
      else show(state, notice(t('oauth.notAdded'), 'bad', { live: true }));
      return;
    }
  }
  return h(
    'div',
    { class: 'stack' },
    h('p', { class: 'small soft' }, t('oauth.browserText')),
    h('div', { class: 'stack gap-1' }, h('div', { class: 'tiny faint' }, t('oauth.redirect')), code(redirectOf(id))),
    h('div', { class: 'form-foot' }, begin),
    state,
  );
}

/** Where a browser comes back to; what has to be registered with the provider. */
export const redirectOf = (id) => `${location.origin}/api/oauth/${id}/callback`;

/** When each account was last changed. */
async function accountsOf(id, signal) {
  const { connections } = await get(address(id, 'status'), { signal });
  return new Map(connections.map((one) => [one.id, one.connection.updatedAt]));
}

/** A code to type in elsewhere. */
function deviceLogin({ id, purpose, signal, done }) {
  const state = h('div', { class: 'stack', 'aria-live': 'polite' });
  const begin = button(t('oauth.getCode'), {
    icon: 'keys',
    kind: 'primary',
    onClick: async () => {
      const begun = await post(address(id, 'device-code'), purpose(), { signal });
      show(state, shown(begun));
      follow(begun).catch((error) => {
        if (!signal.aborted) show(state, notice(error.message, 'bad', { live: true }));
      });
    },
  });
  const shown = (begun) => [
    h(
      'div',
      { class: 'device-code' },
      h('output', { class: 'mono', 'aria-label': t('oauth.code') }, begun.user_code),
      button(t('copy.action'), { icon: 'copy', iconOnly: true, kind: 'quiet', onClick: () => copy(begun.user_code) }),
    ),
    h(
      'a',
      {
        class: 'button',
        href: begun.verification_uri_complete ?? begun.verification_uri,
        target: '_blank',
        rel: 'noopener',
      },
      t('oauth.openPage', { page: begun.verification_uri.replace(/^https?:\/\//, '') }),
    ),
    h(
      'div',
      { class: 'waiting' },
      h('span', { class: 'pulse-dot' }),
      h('div', { class: 'grow small' }, t('oauth.waitingDevice')),
      countdown(begun.expires_in, signal),
    ),
  ];
  async function follow(begun) {
    const end = performance.now() + begun.expires_in * 1000;
    let { interval } = begun;
    while (performance.now() < end) {
      await pause(interval * 1000, signal);
      const answer = await post(address(id, 'poll'), { deviceCode: begun.device_code }, { signal });
      if (answer.success) {
        await done(answer.connection);
        return;
      }
      if (!answer.pending) {
        show(state, notice(answer.errorDescription ?? answer.error, 'bad', { live: true }));
        return;
      }
      interval = answer.interval ?? interval;
    }
    show(state, notice(t('oauth.expired'), 'bad', { live: true }));
  }
  return h(
    'div',
    { class: 'stack' },
    h('p', { class: 'small soft' }, t('oauth.deviceText')),
    h('div', { class: 'form-foot' }, begin),
    state,
  );
}

function tokenImport({ id, purpose, signal, done }) {
  return [
    h('p', { class: 'small soft' }, t('oauth.tokensText')),
    form(
      [
        { name: 'accessToken', label: t('oauth.accessToken'), type: 'password', whole: true },
        { name: 'refreshToken', label: t('oauth.refreshToken'), type: 'password', whole: true },
        { name: 'expiresIn', label: t('oauth.expiresIn'), type: 'number', hint: t('oauth.expiresInHint') },
      ],
      {
        save: t('oauth.import'),
        onSave: async (values) => {
          const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value != null));
          const { connection } = await post(address(id, 'import'), { ...given, ...purpose() }, { signal });
          await done(connection);
        },
      },
    ).element,
  ];
}

/** Minutes and seconds that are left. */
function countdown(seconds, signal) {
  const element = h('span', { class: 'number faint small nowrap' });
  const end = performance.now() + seconds * 1000;
  const tell = () => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    element.textContent =
      left < 3600
        ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
        : duration(left * 1000);
    if (left === 0) clearInterval(timer);
  };
  const timer = setInterval(tell, 1000);
  signal.addEventListener('abort', () => clearInterval(timer));
  tell();
  return element;
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
