/** Who may manage this router: tokens of programs, sessions of people. */

import { get, post, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, dateTime } from '../core/format.js';
import { t } from '../core/texts.js';
import { badge, button, card, code, empty, notice, pageHead, skeleton } from '../ui/controls.js';
import { confirmDialog, openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';

const when = (value, otherwise) =>
  value ? h('time', { datetime: value, title: dateTime(value) }, ago(value)) : h('span', { class: 'faint' }, otherwise);

export async function render(place, { signal }) {
  const tokens = list('page.access', tokenColumns(refreshTokens), 'keys', 'access.noTokens', 'access.noTokensText');
  const sessions = list('access.sessions', sessionColumns(refreshSessions), 'keys', 'access.noSessions');

  async function refreshTokens() {
    tokens.set((await get('/api/tokens', { signal })).tokens);
  }
  async function refreshSessions() {
    sessions.set((await get('/api/auth/sessions', { signal })).sessions);
  }

  place.append(
    pageHead(
      t('page.access'),
      t('access.text'),
      button(t('access.addToken'), { icon: 'plus', kind: 'primary', onClick: () => openAdd(refreshTokens) }),
    ),
    card(t('access.tokens'), {}, tokens.holder),
    card(
      t('access.sessions'),
      {
        actions: [
          button(t('access.endOthers'), {
            kind: 'slim',
            onClick: async () => {
              const { ended } = await remove('/api/auth/sessions?keep=current');
              toast(t('access.ended', { n: ended }), 'good');
              await refreshSessions();
            },
          }),
          button(t('access.endAll'), { icon: 'logout', kind: 'slim danger', onClick: openEndAll }),
        ],
      },
      sessions.holder,
    ),
  );
  await Promise.all([refreshTokens(), refreshSessions()]);
}

function list(label, columns, icon, none, noneText) {
  const holder = h('div', {}, h('div', { class: 'body top' }, skeleton(3)));
  const rows = table({ label: t(label), columns, empty: empty(icon, t(none), noneText && t(noneText)) });
  return {
    holder,
    set(values) {
      rows.set(values);
      show(holder, rows.element);
    },
  };
}

function tokenColumns(refresh) {
  return [
    {
      title: t('access.name'),
      plain: true,
      by: (token) => token.name,
      cell: (token) =>
        h(
          'span',
          { class: 'line' },
          h('strong', {}, token.name),
          token.isExpired && badge(t('access.expired'), 'bad'),
        ),
    },
    { title: t('access.token'), plain: true, cell: (token) => h('code', { class: 'soft nowrap' }, token.mask) },
    {
      title: t('access.scopes'),
      cell: (token) => h('span', { class: 'line' }, token.scopes.map((scope) => badge(t(`access.${scope}`)))),
    },
    { title: t('access.expires'), by: (token) => token.expiresAt ?? '', cell: (token) => expiry(token) },
    {
      title: t('access.used'),
      by: (token) => token.lastUsedAt ?? '',
      cell: (token) => when(token.lastUsedAt, t('time.never')),
    },
    {
      title: '',
      cell: (token) =>
        h(
          'div',
          { class: 'row-actions' },
          h(
            'a',
            { class: 'button quiet slim', href: `/dashboard/audit?actor=${encodeURIComponent(token.id)}` },
            t('page.audit'),
          ),
          button(t('keys.revoke'), {
            icon: 'trash',
            iconOnly: true,
            kind: 'quiet slim danger',
            onClick: () =>
              confirmDialog(
                t('access.revokeTitle', { name: token.name }),
                t('access.revokeText'),
                t('keys.revoke'),
                async () => {
                  await remove(`/api/tokens/${token.id}`);
                  await refresh();
                },
              ),
          }),
        ),
    },
  ];
}

/** Days ahead are easier as a date. */
function expiry(token) {
  if (!token.expiresAt) return h('span', { class: 'faint' }, t('time.never'));
  return h('time', { class: 'nowrap', datetime: token.expiresAt }, dateTime(token.expiresAt));
}

function sessionColumns(refresh) {
  return [
    {
      title: t('access.browser'),
      plain: true,
      whole: true,
      cell: (session) =>
        h(
          'span',
          { class: 'line' },
          h('span', { class: 'cut', title: session.userAgent }, program(session.userAgent)),
          session.current && badge(t('access.current'), 'good'),
        ),
    },
    { title: t('audit.address'), cell: (session) => session.address ?? '–' },
    {
      title: t('access.since'),
      by: (session) => session.createdAt,
      cell: (session) => when(session.createdAt, '–'),
    },
    {
      title: t('access.used'),
      by: (session) => session.lastUsedAt ?? '',
      cell: (session) => when(session.lastUsedAt, t('time.never')),
    },
    {
      title: '',
      cell: (session) =>
        h(
          'div',
          { class: 'row-actions' },
          !session.current &&
            button(t('access.end'), {
              icon: 'logout',
              iconOnly: true,
              kind: 'quiet slim danger',
              onClick: async () => {
                await remove(`/api/auth/sessions/${session.id}`);
                await refresh();
              },
            }),
        ),
    },
  ];
}

/** The one word of a browser's many that people know it by. */
function program(agent) {
  if (!agent) return t('access.unknown');
  const names = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'];
  const name = names.find((one) => agent.includes(`${one}/`));
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS X', 'Linux'].find((one) => agent.includes(one));
  const shown = { Edg: 'Edge', OPR: 'Opera' }[name] ?? name;
  return shown ? [shown, system].filter(Boolean).join(', ') : agent;
}

function openAdd(refresh) {
  openDialog(t('access.addToken'), (close) => {
    const holder = h('div', { class: 'stack' });
    holder.append(
      form(
        [
          {
            name: 'name',
            label: t('access.name'),
            required: true,
            whole: true,
            hint: t('access.nameHint'),
            attributes: { autofocus: true },
          },
          {
            name: 'scopes',
            label: t('access.scopes'),
            type: 'select',
            options: [
              ['read', t('access.read')],
              ['read write', t('access.readWrite')],
            ],
          },
          {
            name: 'expiresInDays',
            label: t('access.days'),
            type: 'number',
            value: 90,
            hint: t('access.daysHint'),
            attributes: { min: 1, max: 3650 },
          },
        ],
        {
          cancel: close,
          save: t('access.addToken'),
          onSave: async (values) => {
            const made = await post('/api/tokens', { ...values, scopes: values.scopes.split(' ') });
            show(
              holder,
              notice(t('access.once'), 'warn'),
              code(made.token),
              code(`curl -H 'Authorization: Bearer ${made.token}' ${location.origin}/api/providers`),
              h('div', { class: 'form-foot' }, button(t('keys.done'), { kind: 'primary', onClick: close })),
            );
            await refresh();
          },
        },
      ).element,
    );
    return holder;
  });
}

function openEndAll() {
  openDialog(t('access.endAll'), (close) => [
    h('p', { class: 'soft' }, t('access.endAllText')),
    form([{ name: 'tokens', label: t('access.endTokens'), type: 'switch', whole: true }], {
      cancel: close,
      save: t('access.endAll'),
      onSave: async ({ tokens }) => {
        await remove(`/api/auth/sessions${tokens ? '?tokens=true' : ''}`);
        location.assign('/login');
      },
    }).element,
  ]);
}
