/** What happens right now, and what today has been so far. */

import { get, withQuery } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { ago, duration, money, moneyShort, number, percent, short, time } from '../core/format.js';
import { watch } from '../core/live.js';
import { t, tOr } from '../core/texts.js';
import { badge, body, button, card, empty, figure, pageHead, providerMark, skeleton } from '../ui/controls.js';
import { chart } from '../ui/chart.js';
import { toastError } from '../ui/toasts.js';

const SECONDS = 120;
const REFRESH = 10_000;

export async function render(place, { signal }) {
  const figures = {
    rate: figure(t('home.rate')),
    tokens: figure(t('home.tokens')),
    cost: figure(t('home.cost')),
    cache: figure(t('home.cache')),
    p50: figure(t('home.p50')),
    p95: figure(t('home.p95')),
  };
  const rates = chart({ label: t('home.chart'), height: 150 });
  const health = h('div', {}, body(skeleton()));
  const errors = h('div', {}, body(skeleton()));
  const cooling = h('div', {}, body(skeleton()));
  place.append(
    pageHead(
      t('page.home'),
      t('home.text'),
      button(t('page.playground'), { icon: 'play', href: '/dashboard/playground' }),
      button(t('providers.add'), { icon: 'plus', kind: 'primary', href: '/dashboard/providers?add=1' }),
    ),
    h(
      'section',
      { class: 'figures', 'aria-label': t('home.figures') },
      Object.values(figures).map((one) => one.element),
    ),
    card(t('home.chart'), {}, body(rates)),
    h('div', { class: 'columns' }, card(t('home.health'), {}, health), card(t('home.cooling'), {}, cooling)),
    card(
      t('home.errors'),
      { actions: h('a', { class: 'small', href: '/dashboard/requests?status=error' }, t('home.allErrors')) },
      errors,
    ),
  );

  const pace = new Pace(rates, figures.rate);
  signal.addEventListener(
    'abort',
    watch({
      requests: (batch) => {
        pace.add(batch);
        if (batch.errors > 0) soon();
      },
      pulse: ({ activeRequests }) => pace.tell(activeRequests),
    }),
  );
  const clock = setInterval(() => pace.tick(), 1000);
  const refresh = async () => {
    if (document.hidden || signal.aborted) return;
    try {
      await update({ figures, health, errors, cooling, signal });
    } catch (error) {
      if (!signal.aborted) toastError(error);
    }
  };
  let waiting = null;
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      refresh();
    }, 800);
  };
  const timer = setInterval(refresh, REFRESH);
  document.addEventListener('visibilitychange', refresh, { signal });
  signal.addEventListener('abort', () => {
    clearInterval(clock);
    clearInterval(timer);
    clearTimeout(waiting);
  });
  await refresh();
}

/** Requests of the last two minutes, second by second, as the live events tell them. */
class Pace {
  constructor(element, figure) {
    this.element = element;
    this.figure = figure;
    this.good = Array(SECONDS).fill(0);
    this.bad = Array(SECONDS).fill(0);
    this.active = 0;
    this.draw();
  }

  add(batch) {
    this.good[SECONDS - 1] += batch.count - batch.errors;
    this.bad[SECONDS - 1] += batch.errors;
    this.draw();
  }

  tick() {
    for (const list of [this.good, this.bad]) {
      list.shift();
      list.push(0);
    }
    if (!document.hidden) this.draw();
  }

  tell(active) {
    this.active = active;
    this.draw();
  }

  draw() {
    const recent = [...this.good.slice(-10), ...this.bad.slice(-10)].reduce((sum, value) => sum + value, 0) / 10;
    this.figure.set(number(recent, recent < 10 ? 1 : 0), t('home.perSecond'), t('home.active', { n: this.active }));
    const labels = this.good.map((_, index) =>
      index === SECONDS - 1 ? t('time.now') : t('home.secondsAgo', { n: SECONDS - 1 - index }),
    );
    this.element.data = {
      kind: 'bars',
      labels,
      format: (value) => number(value, 1),
      series: [
        { name: t('home.answered'), values: [...this.good] },
        { name: t('home.failed'), values: [...this.bad] },
      ],
    };
  }
}

async function update({ figures, health, errors, cooling, signal }) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const ask = (path) => get(path, { signal });
  const [today, telemetry, cache, availability, failed, providers] = await Promise.all([
    ask(withQuery('/api/usage/history', { from: midnight, limit: 1 })),
    ask('/api/telemetry/summary'),
    ask('/api/cache'),
    ask('/api/models/availability'),
    ask('/api/usage/request-logs?status=error&limit=6'),
    ask('/api/providers'),
  ]);
  figures.tokens.set(
    short(today.totalTokens),
    '',
    t('home.inOut', { in: short(today.totalPromptTokens), out: short(today.totalCompletionTokens) }),
  );
  figures.cost.set(
    moneyShort(today.totalCost ?? pricedCost(today)),
    '',
    today.unpricedRequests > 0
      ? t('home.unpriced', { n: today.unpricedRequests })
      : t('home.requestsToday', { n: number(today.totalRequests) }),
  );
  const { hits, misses, costSaved } = cache.semanticCache;
  figures.cache.set(
    hits + misses > 0 ? percent(hits / (hits + misses)) : '–',
    '',
    costSaved > 0
      ? t('home.saved', { amount: money(costSaved) })
      : t('home.cacheCounts', { hits: number(hits), misses: number(misses) }),
  );
  const isQuiet = telemetry.count === 0;
  figures.p50.set(isQuiet ? '–' : duration(telemetry.p50), '', t('home.window'));
  figures.p95.set(isQuiet ? '–' : duration(telemetry.p95), '', isQuiet ? '' : `p99 ${duration(telemetry.p99)}`);
  show(health, healthList(telemetry.providers, providers.connections));
  show(cooling, coolingList(availability.models));
  show(errors, errorList(failed.logs));
}

/** What is known of the cost while some requests have no price. */
function pricedCost(history) {
  const known = Object.values(history.byProvider ?? {})
    .map((group) => group.cost)
    .filter((cost) => cost != null);
  return known.length > 0 ? known.reduce((sum, cost) => sum + cost, 0) : null;
}

function healthList(providers, connections) {
  const names = new Set([...connections.map((one) => one.provider), ...Object.keys(providers)]);
  names.delete('');
  if (names.size === 0) {
    return empty(
      'providers',
      t('home.noProviders'),
      t('home.noProvidersText'),
      button(t('providers.add'), { kind: 'primary', icon: 'plus', href: '/dashboard/providers?add=1' }),
    );
  }
  return h(
    'ul',
    { class: 'items' },
    [...names].toSorted().map((name) => {
      const figures = providers[name];
      const label = connections.find((one) => one.provider === name)?.providerSpecificData?.nodeName ?? name;
      const share = figures?.errorRate ?? 0;
      const tone = !figures ? '' : share > 0.5 ? 'bad' : share > 0.1 ? 'warn' : 'good';
      return h(
        'li',
        {},
        providerMark(label),
        h(
          'div',
          { class: 'grow' },
          h('div', { class: 'cut' }, label),
          h(
            'div',
            { class: 'tiny faint' },
            name === 'sim'
              ? t('home.simulator')
              : t('home.accounts', { n: connections.filter((one) => one.provider === name && one.isActive).length }),
          ),
        ),
        figures && h('span', { class: 'small soft number nowrap' }, `p50 ${duration(figures.p50)}`),
        badge(figures ? t('home.errorShare', { share: percent(share) }) : t('home.quiet'), tone, { dot: true }),
      );
    }),
  );
}

function coolingList(models) {
  if (models.length === 0) return empty('check', t('home.noCooling'), t('home.noCoolingText'));
  return h(
    'ul',
    { class: 'items' },
    models.map((one) =>
      h(
        'li',
        {},
        h(
          'div',
          { class: 'grow' },
          h(
            'div',
            { class: 'cut' },
            [one.provider || one.connectionId.replace('provider:', ''), one.model].filter(Boolean).join(' / '),
          ),
          h('div', { class: 'tiny faint' }, t('home.until', { time: time(one.nextAvailableAt) })),
        ),
        badge(tOr(`reason.${one.reason}`, one.reason), 'warn'),
        h('span', { class: 'small number nowrap' }, duration(one.remainingMs)),
      ),
    ),
  );
}

function errorList(logs) {
  if (logs.length === 0) return empty('check', t('home.noErrors'), t('home.noErrorsText'));
  return h(
    'ul',
    { class: 'items' },
    logs.map((log) =>
      h(
        'li',
        {},
        badge(String(log.status), 'bad'),
        h(
          'a',
          { class: 'grow', href: `/dashboard/requests/${log.id}` },
          h('span', { class: 'cut' }, log.model),
          h('div', { class: 'tiny faint' }, log.error),
        ),
        h('time', { class: 'tiny faint nowrap', datetime: log.timestamp }, ago(log.timestamp)),
      ),
    ),
  );
}
