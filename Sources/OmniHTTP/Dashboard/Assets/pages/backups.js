/** Backups of the configuration: made, restored, taken elsewhere and brought back. */

import { call, forget, get, post, put, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, bytes, dateTime, number } from '../core/format.js';
import { t } from '../core/texts.js';
import { badge, body, button, card, empty, figure, notice, pageHead, skeleton } from '../ui/controls.js';
import { confirmDialog, openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { deleteButton } from '../ui/row-actions.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toasts.js';

export async function render(place, { signal }) {
  const holder = h('div', { class: 'card' }, h('div', { class: 'body top' }, skeleton(4)));
  const settings = card(t('backups.settings'), {}, body(skeleton(2)));
  const storage = storageFigures();
  const list = table({
    label: t('page.backups'),
    columns: columns(() => refresh()),
    empty: empty('backups', t('backups.none'), t('backups.noneText')),
  });
  async function refresh() {
    const [{ backups }, figures] = await Promise.all([
      get('/api/db-backups', { signal }),
      get('/api/storage/health', { signal }),
    ]);
    list.set(backups);
    storage.set(figures);
    show(holder, list.element);
  }
  place.append(
    pageHead(
      t('page.backups'),
      t('backups.text'),
      button(t('backups.bring'), { icon: 'up', onClick: () => openImport(refresh) }),
      button(t('backups.take'), { icon: 'download', onClick: () => openExport() }),
      button(t('backups.make'), {
        icon: 'plus',
        kind: 'primary',
        onClick: async () => {
          await put('/api/db-backups', {});
          toast(t('backups.made'), 'good');
          await refresh();
        },
      }),
    ),
    storage.element,
    holder,
    settings,
  );
  await refresh();
  const { element } = settingsForm(await get('/api/db-backups/settings', { signal }), refresh);
  settings.lastElementChild.replaceWith(body(element));
}

function storageFigures() {
  const parts = {
    configuration: figure(t('backups.configuration')),
    history: figure(t('backups.history')),
    backups: figure(t('backups.all')),
    last: figure(t('backups.last')),
    free: figure(t('backups.free')),
  };
  return {
    element: h(
      'section',
      { class: 'figures', 'aria-label': t('backups.figures') },
      Object.values(parts).map((part) => part.element),
    ),
    set(figures) {
      const size = (...names) =>
        figures.parts.filter((part) => names.includes(part.name)).reduce((sum, part) => sum + part.sizeBytes, 0);
      parts.configuration.set(bytes(size('configuration.sqlite')));
      parts.history.set(bytes(size('history.sqlite', 'cache.sqlite', 'bodies')));
      parts.backups.set(number(figures.backupCount), '', bytes(figures.backupSizeBytes));
      parts.last.set(ago(figures.lastBackupAt), '', figures.lastBackupAt && dateTime(figures.lastBackupAt));
      parts.free.set(bytes(figures.freeBytes), '', figures.dataDir);
    },
  };
}

function columns(refresh) {
  return [
    {
      title: t('backups.when'),
      plain: true,
      by: (backup) => backup.createdAt,
      cell: (backup) =>
        h(
          'span',
          { class: 'line' },
          h('time', { datetime: backup.createdAt, title: backup.id }, dateTime(backup.createdAt)),
          badge(t(`backups.reason.${backup.reason}`), backup.reason === 'manual' ? 'accent' : ''),
        ),
    },
    {
      title: t('backups.contents'),
      cell: (backup) =>
        t('backups.counts', {
          connections: backup.connectionCount,
          combos: backup.comboCount,
          keys: backup.apiKeyCount,
        }),
    },
    { title: t('backups.size'), end: true, by: (backup) => backup.size, cell: (backup) => bytes(backup.size) },
    {
      title: '',
      cell: (backup) =>
        h(
          'div',
          { class: 'row-actions' },
          button(t('backups.restore'), { kind: 'quiet slim', onClick: () => askRestore(backup, refresh) }),
          button(t('backups.take'), {
            icon: 'download',
            iconOnly: true,
            kind: 'quiet slim',
            onClick: () => openExport(backup),
          }),
          deleteButton(
            t('backups.deleteTitle', { time: dateTime(backup.createdAt) }),
            t('backups.deleteText'),
            async () => {
              await remove(`/api/db-backups?id=${encodeURIComponent(backup.id)}`);
              await refresh();
            },
          ),
        ),
    },
  ];
}

function askRestore(backup, refresh) {
  confirmDialog(
    t('backups.restoreTitle', { time: dateTime(backup.createdAt) }),
    t('backups.restoreText'),
    t('backups.restore'),
    async () => {
      await post('/api/db-backups', { backupId: backup.id });
      forget();
      toast(t('backups.restored'), 'good');
      await refresh();
    },
  );
}

function openExport(backup) {
  const plain = notice(t('backups.plain'), 'warn');
  openDialog(t('backups.takeTitle'), (close) => {
    const parts = form(
      [
        !backup && {
          name: 'what',
          label: t('backups.what'),
          type: 'select',
          options: [
            ['export', t('backups.whatConfiguration')],
            ['exportAll', t('backups.whatEverything')],
          ],
        },
        {
          name: 'passphrase',
          label: t('backups.passphrase'),
          type: 'password',
          hint: t('backups.passphraseHint'),
          attributes: { autocomplete: 'new-password' },
        },
      ].filter(Boolean),
      {
        save: t('backups.download'),
        cancel: close,
        between: plain,
        onSave: async ({ what = 'export', passphrase }) => {
          const answer = await call(
            'POST',
            `/api/db-backups/${what}`,
            { ...(backup && { id: backup.id }), ...(passphrase && { passphrase }) },
            { raw: true },
          );
          await keep(answer);
          close();
        },
      },
    );
    const { input } = parts.fields.passphrase;
    input.addEventListener('input', () => {
      plain.hidden = input.value !== '';
    });
    return parts.element;
  });
}

/** Lets the browser keep an answer as a file. */
async function keep(answer) {
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'backup';
  const address = URL.createObjectURL(await answer.blob());
  const link = h('a', { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function openImport(refresh) {
  openDialog(t('backups.bring'), (close) => {
    const parts = form(
      [
        {
          name: 'file',
          label: t('backups.file'),
          required: true,
          whole: true,
          hint: t('backups.fileHint'),
          attributes: { type: 'file', accept: '.sqlite,.omniroute,.gz' },
        },
        {
          name: 'passphrase',
          label: t('backups.passphrase'),
          type: 'password',
          hint: t('backups.passphraseOf'),
        },
        { name: 'storageKey', label: t('backups.key'), type: 'password', hint: t('backups.keyHint') },
      ],
      {
        save: t('backups.restore'),
        cancel: close,
        between: notice(t('backups.restoreText')),
        onSave: async ({ passphrase, storageKey }) => {
          const contents = new FormData();
          if (passphrase) contents.set('passphrase', passphrase);
          if (storageKey) contents.set('storageKey', storageKey);
          contents.set('file', parts.fields.file.input.files[0]);
          await call('POST', '/api/db-backups/import', contents);
          forget();
          close();
          toast(t('backups.restored'), 'good');
          await refresh();
        },
      },
    );
    return parts.element;
  });
}

function settingsForm(values, refresh) {
  return form(
    [
      {
        name: 'automatic',
        label: t('backups.automatic'),
        type: 'switch',
        value: values.automatic,
        hint: t('backups.automaticHint'),
        whole: true,
      },
      { name: 'intervalHours', label: t('backups.interval'), type: 'number', value: values.intervalHours },
      { name: 'keepCount', label: t('backups.keepCount'), type: 'number', value: values.keepCount },
      { name: 'keepDays', label: t('backups.keepDays'), type: 'number', value: values.keepDays },
    ],
    {
      onSave: async (changed) => {
        await put('/api/db-backups/settings', changed);
        toast(t('action.saved'), 'good');
        await refresh();
      },
    },
  );
}
