/** A request in one dialect beside what upstreams of others would receive of it. */

import { post } from '../core/api.js';
import { DIALECT_NAMES } from '../core/dialects.js';
import { debounce, h, show } from '../core/dom.js';
import { bytes } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { t, tOr } from '../core/texts.js';
import { badge, button, copy, empty, notice, segments, skeleton } from '../ui/controls.js';
import { fieldOf } from '../ui/form.js';
import { jsonView } from '../ui/json-view.js';
import { chooseLogged } from './translator-logged.js';
import { lossMarks } from './translator-losses.js';
import { REQUESTS } from './translator-samples.js';

/** A model of each dialect for whoever wants to see the dialect, whatever accounts there are. */
const MODELS = {
  'openai-chat': 'gpt-4o-mini',
  'openai-responses': 'gpt-5.1',
  anthropic: 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
  ollama: 'qwen3:8b',
};

export class RequestBench {
  constructor(log, signal) {
    this.signal = signal;
    this.log = log;
    this.chosen = new Set(Object.keys(MODELS));
    this.mode = 'marked';
    this.input = h('textarea', {
      class: 'input mono source',
      rows: 22,
      spellcheck: 'false',
      'aria-label': t('translator.source'),
      onInput: debounce(() => this.translate(), 400),
    });
    this.format = fieldOf({
      name: 'sourceFormat',
      label: t('translator.dialect'),
      type: 'select',
      options: [['', t('translator.auto')], ...Object.entries(DIALECT_NAMES)],
    });
    this.format.input.addEventListener('change', () => this.translate());
    this.sample = fieldOf({
      name: 'sample',
      label: t('translator.sample'),
      type: 'select',
      options: [['', t('translator.own')], ...REQUESTS.map(({ name }) => [name, t(`sample.${name}`)])],
    });
    this.sample.input.addEventListener('change', () => this.takeSample(this.sample.value));
    this.found = h('div', { class: 'small soft', role: 'status' });
    this.source = h('div', { class: 'source-view' });
    this.results = h('div', { class: 'stack', 'aria-live': 'polite' });
    this.models = h('div', {});
    this.element = this.build();
  }

  build() {
    const view = segments(
      t('translator.view'),
      [
        ['marked', t('translator.marked')],
        ['edit', t('translator.edit')],
      ],
      this.mode,
      (mode) => {
        this.mode = mode;
        this.drawSource();
        if (mode === 'edit') this.input.focus();
      },
    );
    return h(
      'div',
      { class: 'split even' },
      h(
        'section',
        { class: 'card', 'aria-label': t('translator.source') },
        h('header', {}, h('h2', {}, t('translator.source')), view),
        h(
          'div',
          { class: 'body stack' },
          h('div', { class: 'fields' }, this.sample.element, this.format.element),
          h(
            'div',
            { class: 'line wrap' },
            button(t('translator.logged'), { icon: 'requests', kind: 'slim', onClick: () => this.pick() }),
            button(t('translator.open'), { icon: 'edit', kind: 'slim quiet', onClick: () => this.write('') }),
            this.found,
          ),
          this.source,
        ),
      ),
      h(
        'section',
        { class: 'stack', 'aria-label': t('translator.results') },
        h(
          'div',
          { class: 'card' },
          h(
            'div',
            { class: 'body top stack gap-3' },
            h('div', { class: 'line wrap', role: 'group', 'aria-label': t('translator.upstreams') }, this.toggles()),
            this.models,
          ),
        ),
        this.results,
      ),
    );
  }

  toggles() {
    return Object.entries(DIALECT_NAMES).map(([name, title]) =>
      h(
        'button',
        {
          type: 'button',
          class: 'chip',
          'aria-pressed': String(this.chosen.has(name)),
          title: MODELS[name],
          onClick: (event) => {
            if (!this.chosen.delete(name)) this.chosen.add(name);
            event.currentTarget.setAttribute('aria-pressed', String(this.chosen.has(name)));
            this.translate();
          },
        },
        title,
      ),
    );
  }

  /** Called when the bench is shown; the first time it fills itself. */
  async begin() {
    if (this.hasBegun) return;
    this.hasBegun = true;
    if (this.log?.requestBody != null) this.takeLog(this.log);
    else this.takeSample(REQUESTS[0].name);
    this.named = fieldOf({
      name: 'model',
      label: t('translator.models'),
      type: 'text',
      suggestions: await modelNames(),
      hint: t('translator.modelsHint'),
    });
    this.named.input.addEventListener('change', () => this.translate());
    show(this.models, this.named.element);
  }

  takeSample(name) {
    const sample = REQUESTS.find((one) => one.name === name);
    if (!sample) return;
    this.log = null;
    this.format.value = '';
    this.sample.value = name;
    this.write(JSON.stringify(sample.body, null, 2));
  }

  takeLog(log) {
    this.log = log;
    this.sample.value = '';
    this.format.value = log.sourceFormat;
    const { requestBody } = log;
    this.write(typeof requestBody === 'string' ? requestBody : JSON.stringify(requestBody, null, 2));
  }

  pick() {
    chooseLogged({ signal: this.signal, member: 'requestBody' }, (log) => this.takeLog(log));
  }

  write(text) {
    this.input.value = text;
    if (text === '') {
      this.mode = 'edit';
      for (const one of this.element.querySelectorAll('.segments button'))
        one.setAttribute('aria-pressed', String(one === one.parentElement.lastElementChild));
      this.drawSource();
      this.input.focus();
    }
    this.translate();
  }

  targets() {
    const named = (this.named?.value ?? '').trim();
    return [
      ...named.split(',').map((name) => name.trim()).filter(Boolean),
      ...[...this.chosen].map((format) => ({ format, model: MODELS[format] })),
    ];
  }

  async translate() {
    const text = this.input.value;
    const targets = this.targets();
    this.run = (this.run ?? 0) + 1;
    const own = this.run;
    if (text.trim() === '' || targets.length === 0) {
      this.answer = null;
      show(this.found);
      show(this.results, empty('translator', t('translator.nothing'), t('translator.nothingText')));
      this.drawSource();
      return;
    }
    if (this.results.childElementCount === 0) show(this.results, skeleton(6));
    try {
      const { body, ...rest } = this.request(text);
      const answer = await post('/api/translator/translate', { body, targets, ...rest }, { signal: this.signal });
      if (own === this.run) this.tell(answer);
    } catch (error) {
      if (own !== this.run || error.name === 'AbortError') return;
      this.answer = null;
      show(this.found);
      show(this.results, notice(error.message, 'bad', { live: true }));
      this.drawSource();
    }
  }

  /** Sent as a text: what upstreams receive is then made of the very bytes that stand here. */
  request(text) {
    const isGemini = this.log?.sourceFormat === 'gemini';
    return {
      body: text,
      sourceFormat: this.format.value,
      ...(isGemini ? { model: this.log.model, stream: this.log.stream } : {}),
    };
  }

  tell(answer) {
    this.answer = answer;
    const name = DIALECT_NAMES[answer.sourceFormat];
    show(this.found, this.format.value ? '' : t('translator.found', { name }));
    this.drawSource();
    show(
      this.results,
      answer.targets.map((target) => new TargetCard(target, (loss) => this.point(loss)).element),
    );
  }

  drawSource() {
    const value = this.parsed();
    if (this.mode === 'edit' || value === undefined) {
      show(this.source, this.input);
      return;
    }
    const markOf = this.answer ? lossMarks(this.answer.targets) : undefined;
    show(this.source, jsonView(value, { label: t('translator.source'), markOf }));
  }

  parsed() {
    try {
      return JSON.parse(this.input.value);
    } catch {
      return undefined;
    }
  }

  /** Shows where in the request a loss is. */
  point(loss) {
    const rows = [...this.source.querySelectorAll('.row.marked')].filter((row) => row.dataset.mark === loss.field);
    for (const row of rows) {
      row.classList.remove('pointed');
      // Begins the animation anew.
      row.getBoundingClientRect();
      row.classList.add('pointed');
    }
    rows[0]?.scrollIntoView({ block: 'center', behavior: 'smooth' });
  }
}

/** What one upstream would receive. */
class TargetCard {
  constructor(target, onPoint) {
    this.target = target;
    this.view = h('div', {});
    const { provider, model, format } = target;
    this.element = h(
      'section',
      { class: 'card', 'aria-label': target.name },
      h(
        'header',
        {},
        h(
          'div',
          { class: 'grow' },
          h('h2', { class: 'cut' }, format ? DIALECT_NAMES[format] : target.name),
          model && h('div', { class: 'tiny faint cut' }, [provider, target.connectionName, model].filter(Boolean).join(' · ')),
        ),
        this.verdict(),
      ),
      h('div', { class: 'body stack gap-3' }, this.contents(onPoint)),
    );
  }

  verdict() {
    const { error, losses = [], passthrough } = this.target;
    if (error) return badge(t('translator.refused'), 'bad', { dot: true });
    if (losses.length > 0) return badge(t('translator.lost', { n: losses.length }), 'warn', { dot: true });
    return passthrough
      ? badge(t('translator.passed'), 'accent', { dot: true })
      : badge(t('translator.whole'), 'good', { dot: true });
  }

  contents(onPoint) {
    const { error, losses = [], fetched = [], body, headers = {}, url } = this.target;
    if (error) return notice(error.field ? h('span', {}, h('code', {}, error.field), ' ', error.message) : error.message, 'bad');
    this.draw('set');
    return [
      losses.length > 0 &&
        h(
          'ul',
          { class: 'losses' },
          losses.map((loss) =>
            h(
              'li',
              {},
              h('button', { type: 'button', class: 'loss', onClick: () => onPoint(loss) }, h('code', {}, loss.field)),
              h('span', { class: 'small soft' }, tOr(`loss.${loss.reason}`, loss.reason)),
            ),
          ),
        ),
      fetched.length > 0 && notice(t('translator.fetched', { n: fetched.length })),
      h(
        'div',
        { class: 'line spread wrap' },
        segments(
          t('translator.view'),
          [
            ['set', t('translator.setOut')],
            ['raw', t('translator.raw')],
          ],
          'set',
          (mode) => this.draw(mode),
        ),
        h(
          'span',
          { class: 'line' },
          h('span', { class: 'tiny faint number' }, bytes(this.target.bytes)),
          button(t('copy.action'), { icon: 'copy', iconOnly: true, kind: 'quiet slim', onClick: () => copy(body) }),
        ),
      ),
      this.view,
      h(
        'details',
        {},
        h('summary', {}, t('translator.headers')),
        h('pre', { class: 'tiny soft wrapped' }, [url && `POST ${url}\n`, Object.entries(headers).map((pair) => `${pair.join(': ')}\n`)]),
      ),
    ];
  }

  draw(mode) {
    const label = t('translator.receives', { name: this.target.name });
    show(
      this.view,
      mode === 'raw'
        ? h('pre', { class: 'json wrapped', tabindex: '0', role: 'region', 'aria-label': label }, h('code', {}, this.target.body))
        : jsonView(JSON.parse(this.target.body), { label }),
    );
  }
}
