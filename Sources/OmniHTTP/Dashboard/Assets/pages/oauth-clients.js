/** Clients a person registered with OAuth providers, and OAuth servers of their own. */

import { get, patch, put, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { t } from '../core/texts.js';
import { badge, button, code, empty, providerMark } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { fieldOf, form } from '../ui/form.js';
import { deleteButton, editButton } from '../ui/row-actions.js';
import { toast } from '../ui/toasts.js';
import { providerNames } from './provider-form.js';

const METHODS = ['', 'none', 'client_secret_post', 'client_secret_basic'];
const ADDRESSES = ['authorizeUrl', 'tokenUrl', 'deviceUrl'];
const MAPS = ['authorizeParameters', 'tokenParameters', 'headers'];

/** The section of the settings. */
export async function clients({ signal }) {
  const holder = h('div', { class: 'stack' });
  const refresh = async () => {
    const { providers } = await get('/api/settings/oauth', { signal });
    show(
      holder,
      providers.length === 0
        ? empty('keys', t('oauth.none'))
        : h('ul', { class: 'items framed' }, providers.map((one) => line(one, refresh))),
    );
  };
  await refresh();
  return [
    h('p', { class: 'small soft' }, t('oauth.clientsText')),
    holder,
    h(
      'div',
      { class: 'form-foot' },
      button(t('oauth.addServer'), { icon: 'plus', onClick: () => openClient(null, refresh) }),
    ),
  ];
}

function line(one, refresh) {
  const name = one.name ?? one.id;
  return h(
    'li',
    {},
    providerMark(name),
    h(
      'div',
      { class: 'grow' },
      h(
        'div',
        { class: 'line wrap' },
        h('strong', {}, name),
        one.configured ? badge(t('oauth.ready'), 'good', { dot: true }) : badge(t('oauth.noClient')),
        !one.isBuiltIn && badge(t('models.custom')),
      ),
      h('div', { class: 'tiny faint cut' }, [one.clientId, one.tokenUrl].filter(Boolean).join(' · ')),
    ),
    h(
      'div',
      { class: 'line gap-1' },
      editButton(() => openClient(one, refresh)),
      (one.configured || !one.isBuiltIn) &&
        deleteButton(t('oauth.forgetTitle', { name }), t('oauth.forgetText'), async () => {
          await remove(`/api/settings/oauth/${encodeURIComponent(one.id)}`);
          await refresh();
        }),
    ),
  );
}

/** @param {object | null} known nil for a server of one's own. */
export async function openClient(known, onDone) {
  const names = await providerNames();
  openDialog(
    known ? t('oauth.clientOf', { name: known.name ?? known.id }) : t('oauth.addServer'),
    (close) => [
      known && [
        h('p', { class: 'small soft' }, t('oauth.register')),
        code(`${location.origin}/api/oauth/${known.id}/callback`, { label: t('oauth.redirect') }),
      ],
      clientForm(known, names, { close, onDone }),
    ],
    { kind: 'wide' },
  );
}

function clientForm(known, names, { close, onDone }) {
  const isOwn = !known?.isBuiltIn;
  const address = (name) => ({
    name,
    label: t(`oauth.${name}`),
    type: 'url',
    value: known?.[name],
    required: isOwn && name === 'tokenUrl',
    whole: true,
  });
  const more = advanced(known);
  return form(
    [
      !known && { name: 'id', label: t('oauth.id'), required: true, hint: t('oauth.idHint') },
      isOwn && { name: 'name', label: t('keys.name'), value: known?.name },
      isOwn && {
        name: 'provider',
        label: t('oauth.provider'),
        type: 'select',
        value: known?.provider,
        options: names.map(({ id, name }) => [id, name]),
      },
      ...(isOwn ? ADDRESSES.map(address) : []),
      { name: 'clientId', label: t('oauth.clientId'), value: known?.clientId, whole: !isOwn },
      {
        name: 'clientSecret',
        label: t('oauth.clientSecret'),
        type: 'password',
        whole: !isOwn,
        hint: known?.hasClientSecret ? t('oauth.keepSecret') : t('oauth.secretHint'),
      },
    ].filter(Boolean),
    {
      cancel: close,
      between: more.element,
      onSave: async (values) => {
        const { id = known?.id, ...given } = values;
        const body = bodyOf({ ...given, ...more.values });
        const path = `/api/settings/oauth/${encodeURIComponent(id)}`;
        const answer = known ? await patch(path, body) : await put(path, body);
        close();
        if (answer.ignored?.length) toast(t('form.ignored', { names: answer.ignored.join(', ') }), 'bad');
        else toast(t('action.saved'), 'good');
        await onDone();
      },
    },
  ).element;
}

/** What few people need. */
function advanced(known) {
  const pairs = (map) => Object.entries(map ?? {}).map((pair) => pair.join(': '));
  const fields = [
    {
      name: 'clientAuthentication',
      label: t('oauth.clientAuthentication'),
      type: 'select',
      value: known?.clientAuthentication,
      options: METHODS.map((value) => [value, t(`oauth.method.${value || 'auto'}`)]),
    },
    { name: 'pkce', label: t('oauth.pkce'), type: 'switch', value: known?.pkce ?? true },
    { name: 'scopes', label: t('oauth.scopes'), type: 'list', value: known?.scopes, hint: t('oauth.scopesHint') },
    ...MAPS.map((name) => ({
      name,
      label: t(`oauth.${name}`),
      type: 'list',
      value: pairs(known?.[name]),
      hint: t('oauth.pairsHint'),
    })),
  ].map(fieldOf);
  return {
    element: h(
      'details',
      {},
      h('summary', {}, t('oauth.advanced')),
      h(
        'div',
        { class: 'fields' },
        fields.map((field) => field.element),
      ),
    ),
    get values() {
      const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
      for (const name of MAPS) values[name] = Object.fromEntries(values[name].map(pairOf));
      return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isEmpty(value) ? null : value]));
    },
  };
}

function pairOf(line) {
  const place = line.indexOf(':');
  return place < 0 ? [line, ''] : [line.slice(0, place).trim(), line.slice(place + 1).trim()];
}

const isEmpty = (value) => value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** What was left empty goes back to the catalogue's; a secret that was not typed stays. */
function bodyOf({ clientSecret, ...values }) {
  const body = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === '' ? null : value]));
  return clientSecret ? { ...body, clientSecret } : body;
}
