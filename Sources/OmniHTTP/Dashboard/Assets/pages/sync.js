/** The configuration on several machines: where it goes, what of it, how it stands, and what nobody but a person can decide. */

import { forget, get, post, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, dateTime } from '../core/format.js';
import { t, tOr } from '../core/texts.js';
import { badge, body, button, card, code, facts, notice, pageHead, segments, skeleton } from '../ui/controls.js';
import { confirmDialog, openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { deleteButton } from '../ui/row-actions.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';

const TYPES = ['webdav', 's3', 'omniroute'];

export async function render(place, { signal }) {
  const actions = h('div', { class: 'line wrap' });
  const state = h('div', { class: 'stack gap-5' }, card('', {}, body(skeleton(4))));
  const setup = h('div', { class: 'stack' });
  const machines = h('div', { class: 'stack' });
  place.append(pageHead(t('page.sync'), t('sync.text'), actions), state, setup, machines);

  /** @param {object} [told] what an action answered; it has everything the status has. */
  const refresh = async (told, { settings = false } = {}) => {
    const status = told?.includable ? told : await get('/api/sync/cloud', { signal });
    show(actions, headActions(status, refresh));
    show(state, stateCard(status), conflicts(status, refresh), unreadable(status));
    if (settings) show(setup, setupCard(status, refresh));
  };
  await refresh(null, { settings: true });
  await showMachines(machines, signal);
}

/** Runs an action and shows what became of it, also when it failed: the reason is kept. */
async function act(action, refresh, values = {}) {
  try {
    const told = await post('/api/sync/cloud', { action, ...values });
    // Lists of other pages may have changed.
    forget();
    await refresh(told);
    return told;
  } catch (error) {
    await refresh();
    throw error;
  }
}

// State

function headActions(status, refresh) {
  if (!status.configured) return null;
  if (!status.enabled)
    return button(t('sync.turnOn'), {
      kind: 'primary',
      onClick: async () => {
        await act('enable', refresh);
        toast(t('sync.isOn'), 'good');
      },
    });
  return [
    button(t('sync.turnOff'), {
      kind: 'quiet',
      onClick: () =>
        confirmDialog(t('sync.turnOff'), t('sync.turnOffText'), t('sync.turnOff'), () => act('disable', refresh)),
    }),
    button(t('sync.now'), {
      icon: 'refresh',
      kind: 'primary',
      onClick: async () => {
        const { changes } = await act('sync', refresh);
        toast(t('sync.done', changes), 'good');
      },
    }),
  ];
}

function stateCard(status) {
  const [text, tone] = !status.enabled
    ? [t('state.off'), '']
    : status.lastError
      ? [t('sync.failing'), 'bad']
      : [t('sync.on'), 'good'];
  return card(
    t('sync.state'),
    { actions: badge(text, tone, { dot: true }) },
    body(
      status.lastError && notice(`${status.lastError} (${ago(status.lastErrorAt)})`, 'bad', { live: true }),
      facts([
        [t('sync.last'), status.lastSyncAt ? `${dateTime(status.lastSyncAt)} (${ago(status.lastSyncAt)})` : t('sync.never')],
        [t('sync.next'), status.nextSyncAt && dateTime(status.nextSyncAt)],
        [t('sync.machine'), status.machineName],
        [
          t('sync.lastWriter'),
          status.remoteMachine && `${status.remoteMachine}, ${dateTime(status.remoteWrittenAt)}`,
        ],
        [t('sync.endpoint'), status.endpoint && `${t(`sync.type.${status.endpoint.type}`)}, ${status.endpoint.url}`],
      ]),
    ),
  );
}

function unreadable(status) {
  if (status.unreadable.length === 0) return null;
  return notice(
    [
      h('p', {}, t('sync.unreadable', { n: status.unreadable.length })),
      h(
        'ul',
        {},
        status.unreadable.map((one) => h('li', {}, `${kindName(one.kind)} ${one.id}: ${one.reason}`)),
      ),
    ],
    'warn',
  );
}

const kindName = (kind) => tOr(`sync.kind.${kind}`, kind);

// Conflicts

function conflicts(status, refresh) {
  if (status.conflicts.length === 0) return null;
  return card(
    t('sync.conflicts'),
    { actions: badge(String(status.conflicts.length), 'warn') },
    body(
      h('p', { class: 'soft small' }, t('sync.conflictsText')),
      status.conflicts.map((conflict) => conflictPart(conflict, refresh)),
    ),
  );
}

function conflictPart(conflict, refresh) {
  return h(
    'section',
    { class: 'stack gap-2', 'aria-label': conflict.name },
    h(
      'div',
      { class: 'line wrap' },
      h('h3', {}, conflict.name),
      badge(kindName(conflict.kind)),
      h('span', { class: 'soft small' }, t(`sync.reason.${conflict.reason}`)),
    ),
    h(
      'div',
      { class: 'columns' },
      ['mine', 'theirs'].map((side) =>
        h(
          'div',
          { class: 'stack gap-2' },
          h('h4', { class: 'small soft' }, t(`sync.${side}`)),
          sideFacts(conflict, side),
        ),
      ),
    ),
    h(
      'div',
      { class: 'line wrap' },
      conflict.choices.map((choice) =>
        button(t(`sync.keep.${choice}`), {
          onClick: async () => {
            await act('resolve', refresh, { id: conflict.id, choice });
            toast(t('sync.settled'), 'good');
          },
        }),
      ),
    ),
  );
}

/** What differs of one side; of things that want one name, all there is. */
function sideFacts(conflict, side) {
  if (conflict[side].length === 0) return h('p', { class: 'soft small' }, t('sync.deletedThere'));
  return conflict[side].map(({ value, kind, id }) => {
    const isWhole = conflict.fields.length === 0 || conflict.reason === 'name';
    const names = isWhole ? Object.keys(value).filter((name) => name !== 'createdAt') : conflict.fields;
    return facts([
      ...(conflict.keys?.length > 1 ? [[kindName(kind), id]] : []),
      ...names.map((name) => [name, name in value ? valueText(value[name]) : t('sync.missing')]),
    ]);
  });
}

const valueText = (value) => (typeof value === 'string' ? value || '“”' : JSON.stringify(value));

// Endpoint

function setupCard(status, refresh) {
  const place = h('div', { class: 'stack' });
  const given = status.endpoint;
  const draw = (type) => {
    const same = given?.type === type ? given : null;
    show(
      place,
      form([...placeFields(type, same), ...commonFields(status)], {
        save: status.configured ? t('action.save') : t('sync.setUp'),
        onSave: async (values) => {
          const told = await post('/api/sync/cloud', { action: 'configure', ...bodyOf(type, values, status) });
          toast(t('action.saved'), 'good');
          await refresh(told, { settings: true });
        },
      }).element,
    );
  };
  const chosen = given?.type ?? TYPES[0];
  draw(chosen);
  return card(
    t('sync.setup'),
    {},
    body(
      h('p', { class: 'soft small' }, t('sync.setupText')),
      segments(
        t('sync.type'),
        TYPES.map((type) => [type, t(`sync.type.${type}`)]),
        chosen,
        draw,
      ),
      place,
    ),
  );
}

function placeFields(type, given) {
  const secret = (name) => ({
    name,
    label: t(`sync.${name}`),
    type: 'password',
    hint: given?.secrets.includes(name) ? t('sync.secretKept') : undefined,
    required: type !== 'webdav' && !given?.secrets.includes(name),
    attributes: { autocomplete: 'off' },
  });
  const text = (name, more = {}) => ({ name, label: t(`sync.${name}`), value: given?.[name], ...more });
  const url = text('url', { required: true, whole: true, hint: t(`sync.urlHint.${type}`) });
  const name = text('name', { value: given?.name ?? 'omniroute.sync', hint: t('sync.nameHint') });
  if (type === 'webdav') return [url, text('username'), secret('password'), name];
  if (type === 'omniroute') return [url, secret('token'), name];
  return [
    url,
    text('bucket', { required: true }),
    text('region', { value: given?.region ?? 'us-east-1' }),
    text('accessKeyId', { required: true }),
    secret('secretAccessKey'),
    name,
  ];
}

function commonFields(status) {
  return [
    {
      name: 'passphrase',
      label: t('sync.passphrase'),
      type: 'password',
      required: !status.hasPassphrase,
      hint: status.hasPassphrase ? t('sync.passphraseKept') : t('sync.passphraseHint'),
      attributes: { autocomplete: 'new-password' },
    },
    { name: 'machineName', label: t('sync.machine'), value: status.machineName },
    {
      name: 'minutes',
      label: t('sync.minutes'),
      type: 'number',
      value: status.interval / 60,
    },
    ...status.includable.map((choice) => ({
      name: `include-${choice}`,
      label: t(`sync.include.${choice}`),
      type: 'switch',
      value: status.include.includes(choice),
      hint: choice === 'secrets' ? t('sync.secretsHint') : choice === 'keys' ? t('sync.keysHint') : undefined,
    })),
  ];
}

/** The form as the API takes it; secrets that were left empty stay as they are. */
function bodyOf(type, values, status) {
  const { passphrase, machineName, minutes, ...rest } = values;
  const endpoint = { type };
  for (const [name, value] of Object.entries(rest)) {
    if (!name.startsWith('include-') && value !== '') endpoint[name] = value;
  }
  return {
    endpoint,
    machineName,
    interval: Math.round((minutes ?? 15) * 60),
    include: status.includable.filter((choice) => values[`include-${choice}`]),
    ...(passphrase ? { passphrase } : {}),
  };
}

// Other machines

async function showMachines(place, signal) {
  const list = table({
    label: t('sync.tokens'),
    columns: [
      { title: t('keys.name'), plain: true, by: (one) => one.name, cell: (one) => h('strong', {}, one.name) },
      { title: t('sync.made'), cell: (one) => dateTime(one.createdAt) },
      { title: t('sync.used'), cell: (one) => (one.lastUsedAt ? ago(one.lastUsedAt) : t('sync.never')) },
      {
        title: '',
        cell: (one) =>
          h(
            'div',
            { class: 'row-actions' },
            deleteButton(t('sync.removeToken', { name: one.name }), t('sync.removeTokenText'), async () => {
              await remove(`/api/sync/tokens/${one.id}`);
              await refresh();
            }),
          ),
      },
    ],
    empty: body(h('p', { class: 'soft small' }, t('sync.noTokens'))),
  });
  const refresh = async () => list.set((await get('/api/sync/tokens', { signal })).tokens);
  show(
    place,
    card(
      t('sync.tokens'),
      { actions: button(t('sync.addToken'), { icon: 'plus', onClick: () => openToken(refresh) }) },
      h('div', { class: 'body' }, h('p', { class: 'soft small' }, t('sync.tokensText'))),
      list.element,
    ),
  );
  await refresh();
}

function openToken(refresh) {
  openDialog(t('sync.addToken'), (close) => {
    const place = h('div', { class: 'stack' });
    const naming = form([{ name: 'name', label: t('sync.tokenName'), required: true }], {
      save: t('sync.makeToken'),
      cancel: close,
      onSave: async (values) => {
        const made = await post('/api/sync/tokens', values);
        await refresh();
        show(
          place,
          notice(t('sync.tokenOnce'), 'warn'),
          code(made.token),
          h('div', { class: 'form-foot' }, button(t('keys.done'), { kind: 'primary', onClick: close })),
        );
      },
    });
    return show(place, naming.element);
  });
}
