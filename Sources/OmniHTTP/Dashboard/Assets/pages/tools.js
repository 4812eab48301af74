/** Tools on the router's machine: connected by writing their own files, with a preview and a way back. */

import { forget, get, getKept, post, remove } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, dateTime } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { t, tOr } from '../core/texts.js';
import { badge, button, card, code, facts, notice, pageHead, skeleton } from '../ui/controls.js';
import { confirmDialog, openDialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { toast } from '../ui/toasts.js';

export async function render(place, { signal }) {
  const holder = h('div', { class: 'tool-grid' }, card('', {}, h('div', { class: 'body top' }, skeleton(4))));
  const remark = h('div', { hidden: true });
  place.append(pageHead(t('page.tools'), t('tools.text')), remark, holder);
  const refresh = async () => {
    const [state, { backups }] = await Promise.all([
      get('/api/cli-tools/status', { signal }),
      get('/api/cli-tools/backups', { signal }),
    ]);
    remark.hidden = state.allowsWrites;
    show(remark, !state.allowsWrites && notice(t('tools.writesOff'), 'warn'));
    const context = { address: state.address, refresh };
    show(
      holder,
      state.tools.map((tool) =>
        toolCard(
          tool,
          backups.find((backup) => backup.tool === tool.toolId),
          context,
        ),
      ),
    );
  };
  await refresh();
}

function toolCard(tool, backup, context) {
  const actions = tool.writable
    ? [
        button(t(tool.hasOmniRoute ? 'tools.change' : 'tools.connect'), {
          kind: tool.installed && !tool.hasOmniRoute ? 'primary slim' : 'slim',
          onClick: () => openConnect(tool, context),
          'aria-label': t(tool.hasOmniRoute ? 'tools.changeOf' : 'tools.connectOf', { name: tool.name }),
        }),
        tool.hasOmniRoute &&
          button(t('tools.disconnect'), {
            kind: 'quiet slim',
            onClick: () => openDisconnect(tool, context),
            'aria-label': t('tools.disconnectOf', { name: tool.name }),
          }),
        backup &&
          button(t('tools.undo'), {
            kind: 'quiet slim',
            onClick: () => openUndo(tool, backup, context),
            'aria-label': t('tools.undoOf', { name: tool.name }),
          }),
      ]
    : [];
  return card(
    tool.name,
    { actions: stateOf(tool), id: `tool-${tool.toolId}` },
    h(
      'div',
      { class: 'body stack' },
      facts([
        [t('tools.program'), tool.commandPath && h('code', {}, tool.commandPath)],
        [t('tools.version'), tool.version],
        [t('tools.file'), tool.configPath && h('code', {}, tool.configPath)],
        [t('tools.address'), tool.baseUrl && h('code', {}, tool.baseUrl)],
        [t('tools.model'), tool.model],
        [
          t('tools.since'),
          tool.lastConfiguredAt &&
            h(
              'time',
              { datetime: tool.lastConfiguredAt, title: dateTime(tool.lastConfiguredAt) },
              ago(tool.lastConfiguredAt),
            ),
        ],
      ]),
      tool.fault && notice(tool.fault, 'bad'),
      h(
        'div',
        { class: 'line wrap' },
        actions,
        button(t('tools.lines'), {
          kind: 'quiet slim',
          onClick: () => openLines(tool),
          'aria-label': t('tools.linesOf', { name: tool.name }),
        }),
      ),
    ),
  );
}

function stateOf(tool) {
  if (tool.fault) return badge(t('tools.unreadable'), 'bad', { dot: true });
  if (tool.hasOmniRoute) return badge(t('tools.connected'), 'good', { dot: true });
  if (!tool.reason || tool.reason === 'not_required') {
    return badge(t(tool.installed ? 'tools.found' : 'tools.noFile'));
  }
  const isAbsent = ['not_found', 'missing_command'].includes(tool.reason);
  return badge(tOr(`tools.reason.${tool.reason}`, tool.reason), isAbsent ? '' : 'warn');
}

/** Lines with their sign in front, in colour. */
function difference(text) {
  const tones = { '+': 'added', '-': 'removed' };
  const lines = text.replace(/\n$/, '').split('\n');
  return h(
    'div',
    { class: 'code' },
    h(
      'pre',
      { tabindex: '0', 'aria-label': t('tools.difference') },
      lines.map((line, index) => {
        const isHead = line.startsWith('+++ ') || line.startsWith('--- ');
        return h('span', { class: isHead ? null : tones[line[0]] }, line + (index + 1 < lines.length ? '\n' : ''));
      }),
    ),
  );
}

async function openConnect(tool, { address, refresh }) {
  const [models, { keys }] = await Promise.all([modelNames(), getKept('/api/keys')]);
  openDialog(
    t('tools.connectOf', { name: tool.name }),
    (close) => {
      const holder = h('div', { class: 'stack' });
      const preview = (outcome, values, entry) => {
        const apply = button(t('tools.apply'), {
          kind: 'primary',
          onClick: async () => {
            const done = await post(`/api/cli-tools/${tool.toolId}-settings`, values);
            forget('/api/keys');
            close();
            toast(done.message, 'good');
            await refresh();
          },
        });
        show(
          holder,
          outcome.changed ? difference(outcome.diff) : notice(t('tools.nothing')),
          outcome.changed && outcome.keyCreated && notice(t('tools.newKey', { name: outcome.keyName })),
          outcome.warnings.map((warning) => notice(warning, 'warn')),
          h(
            'div',
            { class: 'form-foot' },
            button(t('tools.back'), { kind: 'quiet', onClick: () => show(holder, entry) }),
            outcome.changed && apply,
          ),
        );
        if (outcome.changed) apply.focus();
      };
      const fields = [
        {
          name: 'model',
          label: t('tools.model'),
          value: tool.model ?? (tool.modelRequired ? models[0] : ''),
          suggestions: models,
          required: tool.modelRequired,
          hint: tool.modelRequired ? null : t('tools.modelHint'),
        },
        ...tool.modelNames.map((name) => ({
          name,
          label: t('tools.modelOf', { name }),
          suggestions: models,
        })),
        {
          name: 'keyId',
          label: t('tools.key'),
          type: 'select',
          options: [
            ['', t('tools.ownKey')],
            ...keys.filter((key) => key.isActive).map((key) => [key.id, t('tools.likeKey', { name: key.name })]),
          ],
          hint: t('tools.keyHint'),
        },
        { name: 'baseUrl', label: t('tools.address'), value: address, required: true },
      ];
      const entry = form(fields, {
        cancel: close,
        save: t('tools.preview'),
        onSave: async (values) => {
          const { model, keyId, baseUrl } = values;
          const chosen = Object.fromEntries(tool.modelNames.map((name) => [name, values[name] || null]));
          const wish = { model, keyId, baseUrl, models: chosen };
          const outcome = await post(`/api/cli-tools/${tool.toolId}-settings?dryRun=true`, wish);
          preview(outcome, wish, entry);
        },
      }).element;
      holder.append(entry);
      return holder;
    },
    { kind: 'wide' },
  );
}

async function openDisconnect(tool, { refresh }) {
  const outcome = await remove(`/api/cli-tools/${tool.toolId}-settings?dryRun=true`);
  openDialog(
    t('tools.disconnectOf', { name: tool.name }),
    (close) => [
      outcome.changed ? difference(outcome.diff) : notice(t('tools.nothing')),
      h(
        'div',
        { class: 'form-foot' },
        button(t('action.cancel'), { kind: 'quiet', onClick: close }),
        button(t('tools.disconnect'), {
          kind: 'danger primary',
          onClick: async () => {
            const done = await remove(`/api/cli-tools/${tool.toolId}-settings`);
            close();
            toast(done.message, 'good');
            await refresh();
          },
        }),
      ),
    ],
    { kind: 'wide' },
  );
}

function openUndo(tool, backup, { refresh }) {
  confirmDialog(
    t('tools.undoOf', { name: tool.name }),
    t('tools.undoText', { time: dateTime(backup.createdAt), files: backup.files.map((file) => file.path).join(', ') }),
    t('tools.undo'),
    async () => {
      const done = await post('/api/cli-tools/backups', { backupId: backup.id });
      toast(done.message, 'good');
      await refresh();
    },
  );
}

function openLines(tool) {
  openDialog(
    t('tools.linesOf', { name: tool.name }),
    () => [
      h('p', { class: 'soft' }, tool.manual ?? t('tools.linesText')),
      tool.manualFiles.map((file) => [h('h3', {}, h('code', {}, file.path)), code(file.text)]),
    ],
    { kind: 'wide' },
  );
}
