/** Accounts by provider: their state, their order, their tests, their models; custom endpoints. */

import { forget, get, patch, post, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, duration, number, time } from '../core/format.js';
import { keepQuery, query } from '../core/router.js';
import { t } from '../core/texts.js';
import { badge, bar, button, empty, facts, notice, pageHead, providerMark, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { grip, reorderable } from '../ui/reorder.js';
import { toast, toastError } from '../ui/toasts.js';
import { standings, tokenActions, tokenBadge, tokenLine } from './oauth-account.js';
import { openLogin } from './oauth-login.js';
import { nodesCard, openNode } from './provider-nodes.js';
import { connectionForm, editForm, modelsOf, testNotice } from './provider-form.js';
import { deleteButton, editButton } from '../ui/row-actions.js';

export async function render(place, { signal }) {
  const holder = h('div', { class: 'stack' }, skeleton(6));
  const refresh = async () => {
    if (!signal.aborted) await draw(holder, refresh, signal);
  };
  place.append(
    pageHead(
      t('page.providers'),
      t('providers.text'),
      button(t('nodes.add'), { icon: 'plus', onClick: () => openNode(null, refresh) }),
      button(t('oauth.login'), { icon: 'login', onClick: () => logIn(refresh) }),
      button(t('providers.add'), { icon: 'plus', kind: 'primary', onClick: () => openAdd(refresh) }),
    ),
    holder,
  );
  const timer = setInterval(() => {
    if (!document.hidden && !document.querySelector('dialog[open]') && !holder.contains(document.activeElement))
      refresh().catch(() => {});
  }, 15_000);
  signal.addEventListener('abort', () => clearInterval(timer));
  await refresh();
  if (query().get('add')) {
    keepQuery({ add: '' });
    openAdd(refresh);
  }
}

async function draw(holder, refresh, signal) {
  const [{ connections }, { nodes }, availability, limits] = await Promise.all([
    get('/api/providers', { signal }),
    get('/api/provider-nodes', { signal }),
    get('/api/models/availability', { signal }),
    get('/api/rate-limits', { signal }),
  ]);
  const groups = Map.groupBy(connections, (one) => one.provider);
  const known = {
    tokens: await standings(connections, signal),
    cooling: Map.groupBy(availability.models, (one) => one.connectionId),
    limits: new Map(limits.connections.map((one) => [one.connectionId, one])),
  };
  show(
    holder,
    groups.size === 0 &&
      h(
        'div',
        { class: 'card' },
        empty(
          'providers',
          t('providers.none'),
          t('providers.noneText'),
          button(t('providers.add'), { icon: 'plus', kind: 'primary', onClick: () => openAdd(refresh) }),
        ),
      ),
    [...groups].map(([provider, accounts]) => providerCard(provider, accounts, nodes, known, refresh)),
    nodesCard(nodes, groups, refresh),
  );
}

function providerCard(provider, accounts, nodes, known, refresh) {
  const node = nodes.find((one) => one.id === provider);
  const list = h(
    'ul',
    { class: 'items rows' },
    accounts.map((account) => accountLine(account, known, refresh, accounts.length > 1)),
  );
  if (accounts.length > 1)
    reorderable(
      list,
      (name, place) => t('order.moved', { name, place }),
      (ids) => saveOrder(ids, refresh),
    );
  return h(
    'section',
    { class: 'card', 'aria-label': node?.name ?? provider },
    h(
      'header',
      {},
      h(
        'div',
        { class: 'line' },
        providerMark(node?.name ?? provider),
        h('h2', {}, node?.name ?? provider),
        node && badge(node.prefix),
        h('span', { class: 'tiny faint' }, t('providers.count', { n: accounts.length })),
      ),
      button(t('providers.addAccount'), {
        icon: 'plus',
        kind: 'quiet slim',
        onClick: () => openAdd(refresh, provider),
      }),
    ),
    list,
  );
}

function accountLine(account, known, refresh, isMovable) {
  const cooling = known.cooling.get(account.id) ?? [];
  const limits = known.limits.get(account.id);
  const isLogin = account.authType === 'oauth';
  const tokens = known.tokens.get(account.id);
  return h(
    'li',
    { dataset: { id: account.id, name: account.name } },
    isMovable && grip(t('providers.move', { name: account.name })),
    h(
      'div',
      { class: 'grow' },
      h(
        'div',
        { class: 'line wrap' },
        h('strong', { class: 'cut' }, account.name),
        state(account, cooling),
        isLogin && tokenBadge(tokens),
        limits?.running > 0 && badge(t('providers.running', { n: limits.running }), 'accent'),
      ),
      h(
        'div',
        { class: 'tiny faint cut' },
        [
          ...(isLogin ? tokenLine(account, tokens) : [account.apiKeyMasked]),
          account.baseUrl,
          account.lastTested && t('providers.tested', { ago: ago(account.lastTested) }),
        ]
          .filter(Boolean)
          .join(' · '),
      ),
      account.testStatus === 'error' && account.lastError && h('div', { class: 'tiny fault' }, account.lastError),
    ),
    h(
      'div',
      { class: 'line gap-1' },
      isLogin && tokenActions(account, tokens, refresh),
      button(t('providers.test'), { icon: 'test', kind: 'quiet slim', onClick: () => test(account, refresh) }),
      button(t('providers.details'), {
        icon: 'info',
        iconOnly: true,
        kind: 'quiet slim',
        onClick: () => openDetails(account),
      }),
      editButton(() => openEdit(account, refresh)),
      deleteButton(t('providers.deleteTitle', { name: account.name }), t('providers.deleteText'), async () => {
              await remove(`/api/providers/${account.id}`);
              forget();
              await refresh();
            }),
    ),
  );
}

function state(account, cooling) {
  if (!account.isActive) return badge(t('state.off'), '', { dot: true });
  const whole = cooling.find((one) => !one.model) ?? cooling[0];
  if (whole)
    return badge(
      t(whole.model ? 'state.coolingModel' : 'state.cooling', {
        time: time(whole.nextAvailableAt),
        model: whole.model,
      }),
      'warn',
      { dot: true },
    );
  if (account.testStatus === 'error') return badge(t('state.error'), 'bad', { dot: true });
  return account.testStatus === 'active'
    ? badge(t('state.good'), 'good', { dot: true })
    : badge(t('state.untested'), '', { dot: true });
}

async function test(account, refresh) {
  const verdict = await post(`/api/providers/${account.id}/test`);
  if (verdict.valid) toast(t('providers.testGood', { time: duration(verdict.latencyMs) }), 'good');
  else openDialog(t('providers.testOf', { name: account.name }), () => testNotice(verdict));
  await refresh();
}

/** Priorities count up from 1 in the order of the list. */
async function saveOrder(ids, refresh) {
  try {
    for (const [index, id] of ids.entries()) await patch(`/api/providers/${id}`, { priority: index + 1 });
    toast(t('providers.orderSaved'), 'good');
  } catch (error) {
    toastError(error);
    await refresh();
  }
}

function logIn(refresh) {
  openLogin({
    onDone: async (connection) => {
      forget();
      await refresh();
      toast(t('providers.added', { name: connection.name }), 'good');
    },
  });
}

function openAdd(refresh, provider) {
  openDialog(t('providers.add'), (close) =>
    connectionForm({
      provider,
      onDone: async (connection) => {
        close();
        await refresh();
        toast(t('providers.added', { name: connection.name }), 'good');
        test(connection, refresh).catch(toastError);
      },
    }),
  );
}

function openEdit(account, refresh) {
  openDialog(t('providers.editOf', { name: account.name }), (close) =>
    editForm(account, {
      cancel: close,
      onDone: async () => {
        close();
        await refresh();
        toast(t('action.saved'), 'good');
      },
    }),
  );
}

/** What the account has left, and the models it has. */
function openDetails(account) {
  const quota = h('div', {}, skeleton(3));
  const models = h('div', {}, skeleton(5));
  openDialog(account.name, () => [quota, h('h3', {}, t('page.models')), models], { kind: 'drawer' });
  get(`/api/usage/${account.id}`).then(
    (usage) => show(quota, quotaView(usage)),
    (error) => show(quota, notice(error.message, 'bad')),
  );
  modelsOf(account).then(
    (list) => show(models, modelList(list)),
    (error) => show(models, notice(error.message, 'bad')),
  );
}

function quotaView(usage) {
  const quotas = Object.entries(usage.quotas ?? {});
  return h(
    'div',
    { class: 'stack' },
    facts([
      [t('providers.plan'), usage.plan],
      [t('home.requests'), number(usage.usage?.requests)],
      [t('requests.tokens'), number(usage.usage?.totalTokens)],
    ]),
    quotas.length === 0
      ? h('p', { class: 'small soft' }, t('providers.noQuota'))
      : quotas.map(([name, quota]) => {
          const share = quota.total > 0 ? quota.used / quota.total : 0;
          return h(
            'div',
            { class: 'stack gap-1' },
            h(
              'div',
              { class: 'line spread small' },
              h('span', {}, name),
              h(
                'span',
                { class: 'number soft' },
                quota.unlimited ? '∞' : `${number(quota.used)} / ${number(quota.total)}`,
              ),
            ),
            bar(share, name, share > 0.9 ? 'bad' : share > 0.7 ? 'warn' : ''),
            quota.resetAt &&
              h(
                'div',
                { class: 'tiny faint' },
                t('providers.resets', { ago: ago(quota.resetAt), time: time(quota.resetAt) }),
              ),
          );
        }),
  );
}

function modelList(list) {
  return h(
    'div',
    { class: 'stack' },
    list.warning && notice(list.warning, 'warn'),
    h(
      'ul',
      { class: 'stack gap-1 small' },
      list.models.map((model) =>
        h(
          'li',
          { class: 'line spread' },
          h('code', { class: 'cut' }, model.id),
          h(
            'span',
            { class: 'faint nowrap' },
            [model.type, model.contextLength && number(model.contextLength)].filter(Boolean).join(' · '),
          ),
        ),
      ),
    ),
  );
}
