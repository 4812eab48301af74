/** Limits of money and use, for the router, a key, an account or a model. */

import { get, getKept, post, remove, withQuery } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, dateTime, money, number, percent } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { t } from '../core/texts.js';
import { badge, bar, body, button, card, empty, facts, pageHead, skeleton } from '../ui/controls.js';
import { confirmDialog, openDialog } from '../ui/dialog.js';
import { fieldOf, form } from '../ui/form.js';
import { toast } from '../ui/toasts.js';
import { editButton } from '../ui/row-actions.js';

const PERIODS = {
  daily: 'dailyLimitUsd',
  weekly: 'weeklyLimitUsd',
  monthly: 'monthlyLimitUsd',
  total: 'totalLimitUsd',
};
const COUNTS = ['requestsPerMinute', 'requestsPerDay', 'tokensPerMinute', 'tokensPerDay', 'concurrency'];

export async function render(place, { signal }) {
  const holder = h('div', { class: 'stack' }, skeleton(5));
  const refresh = async () => {
    const [{ budgets, limits }, { keys }, { connections }] = await Promise.all([
      get('/api/usage/budget', { signal }),
      getKept('/api/keys'),
      getKept('/api/providers'),
    ]);
    const names = { keys, connections };
    show(
      holder,
      limits.length === 0
        ? h(
            'div',
            { class: 'card' },
            empty(
              'budgets',
              t('budgets.none'),
              t('budgets.noneText'),
              button(t('budgets.add'), {
                icon: 'plus',
                kind: 'primary',
                onClick: () => openForm(null, names, refresh),
              }),
            ),
          )
        : limits.map((entry) =>
            scopeCard(
              entry,
              budgets.filter((one) => idOf(one) === idOf(entry)),
              names,
              refresh,
            ),
          ),
    );
    return names;
  };
  place.append(
    pageHead(
      t('page.budgets'),
      t('budgets.text'),
      button(t('budgets.add'), {
        icon: 'plus',
        kind: 'primary',
        onClick: async () =>
          openForm(
            null,
            { keys: (await getKept('/api/keys')).keys, connections: (await getKept('/api/providers')).connections },
            refresh,
          ),
      }),
    ),
    holder,
  );
  await refresh();
}

/** What tells scopes apart, as the API wants it. */
function scopeOf({ keyId, connectionId, model }) {
  if (keyId) return { keyId };
  if (connectionId) return { connectionId };
  return model ? { model } : { scope: 'global' };
}

const idOf = (entry) => JSON.stringify(scopeOf(entry));

function nameOf({ keyId, keyName, connectionId, model }, { keys, connections }) {
  if (keyId) return `${t('budgets.key')}: ${keyName ?? keys.find((key) => key.id === keyId)?.name ?? keyId}`;
  if (connectionId) {
    const found = connections.find((one) => one.id === connectionId);
    return `${t('budgets.account')}: ${found ? `${found.provider} / ${found.name}` : connectionId}`;
  }
  return model ? `${t('requests.model')}: ${model}` : t('budgets.global');
}

function scopeCard(entry, budgets, names, refresh) {
  const { limits, now } = entry;
  return card(
    nameOf(entry, names),
    {
      actions: [
        now.allowed
          ? badge(t('budgets.open'), 'good', { dot: true })
          : badge(t('budgets.reached'), 'bad', { dot: true }),
        editButton(() => openForm(entry, names, refresh)),
        button(t('action.delete'), {
          icon: 'trash',
          iconOnly: true,
          kind: 'quiet slim danger',
          onClick: () =>
            confirmDialog(t('budgets.deleteTitle'), t('budgets.deleteText'), t('action.delete'), async () => {
              await remove(withQuery('/api/usage/budget', scopeOf(entry)));
              await refresh();
            }),
        }),
      ],
    },
    body(budgets.map(moneyLine), counts(limits, now)),
  );
}

function moneyLine({ period, limit, used, reserved, resetAt, warningThreshold }) {
  const share = limit > 0 ? used / limit : 0;
  const tone = share >= 1 ? 'bad' : share >= warningThreshold ? 'warn' : '';
  return h(
    'div',
    { class: 'stack gap-1' },
    h(
      'div',
      { class: 'line spread small' },
      h('span', {}, t(`period.${period}`)),
      h(
        'span',
        { class: 'number' },
        t('budgets.usedOf', { used: money(used), limit: money(limit) }),
        ' ',
        h('span', { class: 'faint' }, percent(share)),
      ),
    ),
    bar(share, t(`period.${period}`), tone),
    h(
      'div',
      { class: 'tiny faint' },
      [
        resetAt && t('budgets.resets', { ago: ago(resetAt) }),
        reserved > 0 && t('budgets.reserved', { amount: money(reserved) }),
      ]
        .filter(Boolean)
        .join(' · '),
    ),
  );
}

function counts(limits, now) {
  const used = {
    requestsPerMinute: now.requestsThisMinute,
    requestsPerDay: now.requestsToday,
    tokensPerMinute: now.tokensThisMinute,
    tokensPerDay: now.tokensToday,
    concurrency: now.inFlight,
  };
  return facts([
    ...COUNTS.filter((name) => limits[name] != null).map((name) => [
      t(`budgets.${name}`),
      `${number(used[name])} / ${number(limits[name])}`,
    ]),
    [t('budgets.expires'), limits.expiresAt && dateTime(limits.expiresAt)],
    [t('budgets.why'), now.reason],
  ]);
}

async function openForm(entry, names, refresh) {
  const models = entry ? [] : await modelNames();
  openDialog(
    entry ? nameOf(entry, names) : t('budgets.add'),
    (close) => {
      const limits = entry?.limits ?? {};
      const scope = fieldOf({
        name: 'scope',
        label: t('budgets.scope'),
        type: 'select',
        whole: true,
        options: [
          ['global', t('budgets.global')],
          ...names.keys.map((key) => [`key:${key.id}`, `${t('budgets.key')}: ${key.name}`]),
          ...names.connections.map((one) => [
            `connection:${one.id}`,
            `${t('budgets.account')}: ${one.provider} / ${one.name}`,
          ]),
          ...models.map((id) => [`model:${id}`, `${t('requests.model')}: ${id}`]),
        ],
      });
      const parts = form(
        [
          ...Object.entries(PERIODS).map(([period, name]) => ({
            name,
            label: t(`budgets.money.${period}`),
            type: 'number',
            value: limits[name],
            attributes: { min: 0 },
          })),
          ...COUNTS.map((name) => ({
            name,
            label: t(`budgets.${name}`),
            type: 'number',
            value: limits[name],
            attributes: { min: 1 },
          })),
          {
            name: 'warningThreshold',
            label: t('budgets.warning'),
            type: 'number',
            value: Math.round((limits.warningThreshold ?? 0.8) * 100),
            attributes: { min: 1, max: 100 },
          },
        ],
        {
          cancel: close,
          onSave: async (values) => {
            await post('/api/usage/budget', { ...(entry ? scopeOf(entry) : chosen(scope.value)), ...values });
            close();
            toast(t('action.saved'), 'good');
            await refresh();
          },
        },
      );
      return [h('p', { class: 'small soft' }, t('form.emptyNoLimit')), !entry && scope.element, parts.element];
    },
    { kind: 'wide' },
  );
}

function chosen(value) {
  const place = value.indexOf(':');
  if (place < 0) return { scope: 'global' };
  const id = value.slice(place + 1);
  return { key: { keyId: id }, connection: { connectionId: id }, model: { model: id } }[value.slice(0, place)];
}
