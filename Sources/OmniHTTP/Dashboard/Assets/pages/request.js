/** One request in full: what it was, how it found its way, what each attempt took. */

import { get, remove } from '../core/api.js';
import { h } from '../core/dom.js';
import { bytes, dateTime, duration, money, number } from '../core/format.js';
import { t, tOr } from '../core/texts.js';
import { badge, body, button, card, code, copy, empty, facts, pageHead } from '../ui/controls.js';
import { confirmDialog } from '../ui/dialog.js';
import { table } from '../ui/table.js';
import { tabs } from '../ui/tabs.js';
import { replayCard } from './request-replay.js';
import { statusBadge } from './requests.js';

/** The log is written in batches: a request that was just seen may not be in it for a moment. */
async function detailOf(id, signal) {
  for (let patience = 4; ; patience -= 1) {
    try {
      return await get(`/api/usage/request-logs/${encodeURIComponent(id)}`, { signal });
    } catch (error) {
      if (error.status !== 404 || patience === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

export async function render(place, { parts, signal }) {
  let detail;
  try {
    detail = await detailOf(parts.id, signal);
  } catch (error) {
    if (error.status !== 404) throw error;
    place.append(
      empty(
        'search',
        t('request.gone'),
        t('request.goneText'),
        button(t('page.requests'), { href: '/dashboard/requests' }),
      ),
    );
    return;
  }
  const { log, route } = detail;
  place.append(
    pageHead(
      log.model,
      h(
        'span',
        { class: 'line wrap' },
        statusBadge(log),
        h('code', {}, log.id),
        h('span', {}, dateTime(log.timestamp)),
      ),
      button(t('request.copyID'), { icon: 'copy', onClick: () => copy(log.id) }),
      button(t('request.explain'), {
        icon: 'combos',
        href: `/dashboard/combos?explain=${encodeURIComponent(log.model)}`,
      }),
      log.requestBody != null &&
        button(t('request.translate'), {
          icon: 'translator',
          href: `/dashboard/translator?request=${encodeURIComponent(log.id)}`,
        }),
    ),
    h(
      'div',
      { class: 'columns' },
      card(t('request.what'), {}, body(whatItWas(log))),
      card(t('request.usage'), {}, body(whatItTook(log))),
    ),
    card(
      t('request.attempts'),
      {},
      body(
        route.attempts.length > 0
          ? timeline(route.attempts, log.duration)
          : h('p', { class: 'soft small' }, t('request.noAttempts')),
      ),
    ),
    card(t('request.route'), {}, candidates(route)),
    log.requestBody == null ? '' : replayCard(log, signal),
    bodiesCard(detail),
  );
}

function whatItWas(log) {
  return facts([
    [t('requests.status'), log.error ? `${log.status} · ${log.error}` : log.status],
    [t('request.path'), h('code', {}, `${log.method} ${log.path}`)],
    [t('request.served'), log.servedModel && `${log.provider}/${log.servedModel}`],
    [t('request.account'), log.account],
    [t('requests.key'), log.apiKeyName],
    [t('request.combo'), log.comboName],
    [t('request.formats'), log.targetFormat ? `${log.sourceFormat} → ${log.targetFormat}` : log.sourceFormat],
    [t('request.stream'), log.stream ? t('word.yes') : t('word.no')],
  ]);
}

function whatItTook(log) {
  const { tokens } = log;
  return facts([
    [t('requests.duration'), duration(log.duration)],
    [t('request.first'), log.timeToFirstToken == null ? null : duration(log.timeToFirstToken)],
    [t('request.speed'), log.tokensPerSecond && t('request.perSecond', { n: number(log.tokensPerSecond, 1) })],
    [t('request.input'), number(tokens.input)],
    [t('request.cacheRead'), tokens.cacheRead ? number(tokens.cacheRead) : null],
    [t('request.cacheWrite'), tokens.cacheWrite ? number(tokens.cacheWrite) : null],
    [t('request.output'), number(tokens.output)],
    [t('request.reasoning'), tokens.reasoning ? number(tokens.reasoning) : null],
    [t('requests.cost'), log.cost == null ? t('request.noPrice') : money(log.cost)],
    [t('request.saved'), log.savedCost == null ? null : money(log.savedCost)],
    ['', tokens.estimated ? badge(t('request.estimated'), 'warn') : null],
  ]);
}

/** Parts of an attempt in the order of time, each with its beginning and end in milliseconds of the request. */
function phases(attempt) {
  const { startMs, endMs, queuedMs = 0, headMs, firstEventMs } = attempt;
  const isGood = attempt.outcome === 'served';
  if (!isGood)
    return [
      ['queue', startMs - queuedMs, startMs],
      ['failed', startMs, endMs],
    ];
  const head = headMs ?? firstEventMs ?? endMs;
  const first = firstEventMs ?? head;
  return [
    ['queue', startMs - queuedMs, startMs],
    ['connect', startMs, head],
    ['wait', head, first],
    ['stream', first, endMs],
  ];
}

function timeline(attempts, total) {
  const whole = Math.max(total, 1, ...attempts.map((attempt) => attempt.endMs ?? 0));
  return h(
    'ol',
    { class: 'timeline' },
    attempts.map((attempt, index) => {
      const parts = phases(attempt).filter(
        ([, from, to]) => to >= from && (to > from || attempt.endMs === attempt.startMs),
      );
      const words = parts
        .filter(([, from, to]) => to > from)
        .map(([name, from, to]) => `${t(`phase.${name}`)} ${duration(to - from)}`);
      return h(
        'li',
        { class: 'stack gap-1' },
        h(
          'div',
          { class: 'line spread wrap small' },
          h(
            'span',
            {},
            h('strong', {}, `${index + 1}. ${attempt.provider}/${attempt.model}`),
            ' ',
            h('span', { class: 'faint' }, attempt.format),
          ),
          h(
            'span',
            { class: 'line' },
            badge(tOr(`reason.${attempt.outcome}`, attempt.outcome), attempt.outcome === 'served' ? 'good' : 'bad'),
            h('span', { class: 'number' }, duration((attempt.endMs ?? 0) - attempt.startMs)),
          ),
        ),
        h(
          'div',
          { class: 'track', 'aria-hidden': 'true' },
          parts.map(([name, from, to]) =>
            h('div', {
              class: `part ${name}`,
              vars: { from: `${(Math.max(0, from) / whole) * 100}%`, span: `${((to - from) / whole) * 100}%` },
            }),
          ),
        ),
        h('div', { class: 'tiny faint' }, words.join(' · ')),
      );
    }),
  );
}

function candidates(route) {
  const list = table({
    label: t('request.route'),
    columns: [
      { title: t('request.target'), plain: true, cell: (one) => `${one.provider}/${one.model}` },
      { title: t('request.formats'), cell: (one) => h('span', { class: 'soft' }, one.format) },
      {
        title: t('request.decision'),
        plain: true,
        cell: (one) =>
          badge(one.decision, one.decision === 'chosen' ? 'good' : one.decision.startsWith('skipped') ? 'warn' : ''),
      },
      { title: t('request.ready'), end: true, cell: (one) => (one.readyInMs == null ? '–' : duration(one.readyInMs)) },
    ],
    empty: empty('combos', t('request.noRoute'), t('request.noRouteText')),
  });
  list.set(route.candidates ?? []);
  return [
    list.element,
    route.skippedSteps?.length > 0 &&
      body(
        h(
          'p',
          { class: 'small soft' },
          `${t('request.skipped')}: ${route.skippedSteps.map((step) => `${step.step}: ${step.decision}`).join(', ')}`,
        ),
      ),
  ];
}

/** What the client sent and was sent, where the owner logs that. */
function bodiesCard({ log }) {
  const entries = [
    ['request', log.requestBody],
    ['response', log.responseBody],
  ].filter(([, body]) => body != null);
  if (entries.length === 0) return '';
  const remover = button(t('request.removeBodies'), {
    icon: 'trash',
    kind: 'quiet slim danger',
    onClick: () =>
      confirmDialog(t('request.removeBodies'), t('request.removeBodiesText'), t('action.delete'), async () => {
        await remove(`/api/usage/request-logs/${encodeURIComponent(log.id)}`);
        remover.closest('.card').remove();
      }),
  });
  const texts = entries.map(([name, body]) => [name, t(`request.body.${name}`), () => code(bodyText(body))]);
  return card(t('request.bodies'), { actions: remover }, body(tabs(t('request.bodies'), texts)));
}

/** JSON is set out; of what was too long to keep there is the beginning. */
function bodyText(body) {
  if (typeof body === 'string') return body;
  if (body._truncated) return `${body._preview}\n… ${t('request.cut', { size: bytes(body._originalSize) })}`;
  return JSON.stringify(body, null, 2);
}
