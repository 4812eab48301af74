/** Network proxies: for all upstreams, for a provider, inside a combo, for an account. */

import { get, getKept, post, put, remove, withQuery } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { t } from '../core/texts.js';
import { badge, body, button, card, empty, facts, notice, pageHead, skeleton } from '../ui/controls.js';
import { openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { deleteButton, editButton } from '../ui/row-actions.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';

const KINDS = ['http', 'https', 'socks5', 'direct'];
const LEVELS = ['global', 'provider', 'combo', 'key'];

export async function render(place, { signal }) {
  const holder = h('div', { class: 'card' }, h('div', { class: 'body top' }, skeleton(3)));
  const exceptions = h('div', {}, skeleton(3));
  let places = [];
  const add = () => button(t('proxy.add'), { icon: 'plus', kind: 'primary', onClick: () => openForm(null, places, refresh) });
  const list = table({
    label: t('page.proxy'),
    columns: columns((one) => openForm(one, places, refresh), () => refresh()),
    empty: empty('proxy', t('proxy.none'), t('proxy.noneText'), add()),
  });
  async function refresh() {
    const [settings, known] = await Promise.all([get('/api/settings/proxy', { signal }), placesOf()]);
    places = known;
    list.set(rowsOf(settings, places));
    show(holder, list.element);
    show(exceptions, exceptionsForm(settings, refresh), environmentOf(settings.environment));
  }
  place.append(
    pageHead(t('page.proxy'), t('proxy.text'), add()),
    holder,
    card(t('proxy.exceptions'), {}, body(h('p', { class: 'soft' }, t('proxy.exceptionsText')), exceptions)),
  );
  await refresh();
}

/** Everything a proxy can be set for, with the name a person knows it by. */
async function placesOf() {
  const [{ connections }, { nodes }, { combos }] = await Promise.all([
    getKept('/api/providers'),
    getKept('/api/provider-nodes'),
    getKept('/api/combos'),
  ]);
  const nameOf = (provider) => nodes.find((node) => node.id === provider)?.prefix ?? provider;
  const providers = [...new Set([...nodes.map((node) => node.id), ...connections.map((one) => one.provider)])];
  return [
    { level: 'global', id: '', name: t('proxy.global') },
    ...providers.map((id) => ({ level: 'provider', id, name: nameOf(id) })),
    ...combos.map((combo) => ({ level: 'combo', id: combo.id, name: combo.name })),
    ...connections.map((one) => ({ level: 'key', id: one.id, name: `${nameOf(one.provider)} · ${one.name}` })),
  ];
}

function rowsOf(settings, places) {
  const maps = { provider: settings.providers, combo: settings.combos, key: settings.keys };
  const rows = settings.global ? [{ ...places[0], proxy: settings.global }] : [];
  for (const level of LEVELS.slice(1)) {
    for (const [id, proxy] of Object.entries(maps[level])) {
      rows.push({ level, id, name: places.find((one) => one.level === level && one.id === id)?.name ?? id, proxy });
    }
  }
  return rows;
}

function columns(edit, refresh) {
  return [
    {
      title: t('proxy.for'),
      plain: true,
      by: (one) => `${LEVELS.indexOf(one.level)} ${one.name}`,
      cell: (one) =>
        h('span', { class: 'line wrap' }, h('strong', {}, one.name), one.level !== 'global' && badge(t(`proxy.${one.level}`))),
    },
    { title: t('proxy.proxy'), whole: true, cell: (one) => h('code', {}, addressOf(one.proxy)) },
    {
      title: t('proxy.login'),
      cell: (one) =>
        one.proxy.username ? h('span', {}, one.proxy.username, one.proxy.hasPassword && ' · ••••••') : '–',
    },
    {
      title: '',
      cell: (one) =>
        h(
          'div',
          { class: 'row-actions' },
          one.proxy.type !== 'direct' &&
            button(t('proxy.test'), {
              icon: 'test',
              kind: 'quiet slim',
              onClick: async () => tell(await post('/api/settings/proxy/test', { level: one.level, id: one.id || undefined })),
            }),
          editButton(() => edit(one)),
          deleteButton(t('proxy.deleteTitle', { name: one.name }), t('proxy.deleteText'), async () => {
            await remove(withQuery('/api/settings/proxy', { level: one.level, id: one.id }));
            await refresh();
          }),
        ),
    },
  ];
}

function addressOf(proxy) {
  if (proxy.type === 'direct') return t('proxy.direct');
  const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host;
  return `${proxy.type}://${host}:${proxy.port}`;
}

/** What a test showed, in one sentence. */
function sentence(result) {
  if (!result.success) return t('proxy.failed', { reason: result.error });
  return result.publicIp
    ? t('proxy.worksFrom', { ms: result.latencyMs, address: result.publicIp })
    : t('proxy.works', { ms: result.latencyMs, status: result.statusCode });
}

function tell(result) {
  toast(sentence(result), result.success ? 'good' : 'bad');
}

function openForm(old, places, refresh) {
  const proxy = old?.proxy ?? {};
  const result = h('div', {});
  openDialog(
    old ? t('proxy.edit', { name: old.name }) : t('proxy.add'),
    (close) => {
      const made = form(
        [
          !old && {
            name: 'place',
            label: t('proxy.for'),
            type: 'select',
            whole: true,
            options: places.map((one) => [
              `${one.level}:${one.id}`,
              one.level === 'global' ? one.name : `${t(`proxy.${one.level}`)}: ${one.name}`,
            ]),
          },
          {
            name: 'type',
            label: t('proxy.type'),
            type: 'select',
            value: proxy.type ?? 'http',
            options: KINDS.map((kind) => [kind, kind === 'direct' ? t('proxy.direct') : kind.toUpperCase()]),
          },
          { name: 'host', label: t('proxy.host'), value: proxy.host, attributes: { placeholder: 'proxy.example.org' } },
          { name: 'port', label: t('proxy.port'), type: 'number', value: proxy.port },
          { name: 'username', label: t('proxy.username'), value: proxy.username },
          {
            name: 'password',
            label: t('proxy.password'),
            type: 'password',
            value: '',
            hint: proxy.hasPassword ? t('proxy.passwordKept') : t('proxy.passwordHint'),
            attributes: proxy.hasPassword ? { placeholder: '••••••' } : {},
          },
        ].filter(Boolean),
        {
          cancel: close,
          between: result,
          extra: button(t('proxy.test'), {
            icon: 'test',
            onClick: async () => {
              const fields = Object.entries(made.fields);
              const values = Object.fromEntries(fields.map(([name, field]) => [name, field.value]));
              show(result);
              const shown = await post('/api/settings/proxy/test', { ...placeOf(values, old), proxy: proxyOf(values) });
              show(result, notice(sentence(shown), shown.success ? 'good' : 'bad', { live: true }));
            },
          }),
          onSave: async (values) => {
            await put('/api/settings/proxy', { ...placeOf(values, old), proxy: proxyOf(values) });
            close();
            toast(t('action.saved'), 'good');
            await refresh();
          },
        },
      );
      // Who goes directly has nothing more to say.
      const fit = () => {
        for (const name of ['host', 'port', 'username', 'password']) {
          made.fields[name].element.hidden = made.fields.type.value === 'direct';
        }
      };
      made.fields.type.input.addEventListener('change', fit);
      fit();
      return made.element;
    },
    { kind: 'wide' },
  );
}

function placeOf(values, old) {
  if (old) return { level: old.level, id: old.id || undefined };
  const [level, ...id] = values.place.split(':');
  return { level, id: id.join(':') || undefined };
}

/** The password is sent only when one was typed: without it the old one stays. */
function proxyOf({ type, host, port, username, password }) {
  if (type === 'direct') return { type };
  return { type, host, port, username: username || null, ...(password ? { password } : {}) };
}

function exceptionsForm(settings, refresh) {
  return form(
    [
      { name: 'noProxy', label: t('proxy.noProxy'), type: 'list', value: settings.noProxy, hint: t('proxy.noProxyHint') },
      {
        name: 'bypassLoopback',
        label: t('proxy.loopback'),
        type: 'switch',
        value: settings.bypassLoopback,
        hint: t('proxy.loopbackHint'),
        whole: true,
      },
      {
        name: 'testUrl',
        label: t('proxy.testUrl'),
        type: 'url',
        value: settings.testUrl,
        hint: t('proxy.testUrlHint'),
        whole: true,
        attributes: { placeholder: 'https://api.ipify.org/?format=json' },
      },
    ],
    {
      onSave: async (values) => {
        await put('/api/settings/proxy', { ...values, testUrl: values.testUrl || null });
        toast(t('action.saved'), 'good');
        await refresh();
      },
    },
  ).element;
}

/** Proxies the process was started with. */
function environmentOf(environment) {
  const entries = Object.entries(environment ?? {});
  if (entries.length === 0) return null;
  return h(
    'div',
    { class: 'stack gap-2' },
    h('h3', {}, t('proxy.environment')),
    facts(entries.map(([name, url]) => [`${name.toUpperCase()}_PROXY`, h('code', {}, url)])),
  );
}
