/** A recorded stream, event by event: what the upstream sent, what it means, what the client reads. */

import { post } from '../core/api.js';
import { DIALECT_NAMES } from '../core/dialects.js';
import { debounce, h, show } from '../core/dom.js';
import { number } from '../core/format.js';
import { t, tOr } from '../core/texts.js';
import { badge, button, empty, notice } from '../ui/controls.js';
import { fieldOf } from '../ui/form.js';
import { chooseLogged } from './translator-logged.js';
import { STREAMS } from './translator-samples.js';

const PACE = 350;
const TONES = { error: 'bad', end: 'good', finish: 'good', text: 'accent', reasoning: 'accent', arguments: 'accent' };

export class StreamBench {
  constructor(log, signal) {
    this.signal = signal;
    this.log = log;
    this.steps = [];
    this.at = 0;
    this.input = h('textarea', {
      class: 'input mono source',
      rows: 8,
      spellcheck: 'false',
      'aria-label': t('translator.recording'),
      onInput: debounce(() => this.translate(), 400),
    });
    const dialects = Object.entries(DIALECT_NAMES);
    this.sample = fieldOf({
      name: 'sample',
      label: t('translator.sample'),
      type: 'select',
      options: [['', t('translator.own')], ...STREAMS.map(({ name }) => [name, t(`sample.${name}`)])],
    });
    this.from = fieldOf({
      name: 'from',
      label: t('translator.from'),
      type: 'select',
      options: [['', t('translator.auto')], ...dialects],
    });
    this.to = fieldOf({ name: 'to', label: t('translator.to'), type: 'select', options: dialects, value: 'openai-chat' });
    this.sample.input.addEventListener('change', () => this.takeSample(this.sample.value));
    for (const field of [this.from, this.to]) field.input.addEventListener('change', () => this.translate());
    this.details = h(
      'details',
      {},
      h('summary', {}, t('translator.recording')),
      this.input,
    );
    this.result = h('div', { class: 'stack' });
    this.element = h(
      'div',
      { class: 'stack' },
      h(
        'section',
        { class: 'card', 'aria-label': t('translator.recording') },
        h(
          'div',
          { class: 'body top stack' },
          h('div', { class: 'fields' }, this.sample.element, this.from.element, this.to.element),
          h(
            'div',
            { class: 'line wrap' },
            button(t('translator.loggedStream'), { icon: 'requests', kind: 'slim', onClick: () => this.pick() }),
          ),
          this.details,
        ),
      ),
      this.result,
    );
    signal.addEventListener('abort', () => this.stop());
  }

  begin() {
    if (this.hasBegun) return;
    this.hasBegun = true;
    if (typeof this.log?.responseBody === 'string') this.takeLog(this.log);
    else this.takeSample(STREAMS[0].name);
  }

  takeSample(name) {
    const sample = STREAMS.find((one) => one.name === name);
    if (!sample) return;
    this.log = null;
    this.sample.value = name;
    this.from.value = '';
    if (this.to.value === sample.format) this.to.value = sample.format === 'anthropic' ? 'openai-chat' : 'anthropic';
    this.input.value = sample.text;
    this.translate();
  }

  /** What was logged is what the client read: a stream of its own dialect. */
  takeLog(log) {
    this.log = log;
    this.sample.value = '';
    this.from.value = log.sourceFormat;
    if (this.to.value === log.sourceFormat) this.to.value = log.sourceFormat === 'anthropic' ? 'openai-chat' : 'anthropic';
    this.input.value = log.responseBody;
    this.translate();
  }

  pick() {
    chooseLogged({ signal: this.signal, member: 'responseBody' }, (log) => this.takeLog(log));
  }

  async translate() {
    this.stop();
    this.run = (this.run ?? 0) + 1;
    const own = this.run;
    if (this.input.value.trim() === '') {
      show(this.result, empty('translator', t('translator.nothing'), t('translator.nothingStream')));
      this.details.open = true;
      return;
    }
    try {
      const body = { stream: this.input.value, from: this.from.value, to: this.to.value, model: this.log?.model };
      const answer = await post('/api/translator/stream', body, { signal: this.signal });
      if (own === this.run) this.tell(answer);
    } catch (error) {
      if (own !== this.run || error.name === 'AbortError') return;
      show(this.result, notice(error.message, 'bad', { live: true }));
      this.details.open = true;
    }
  }

  tell(answer) {
    this.steps = answer.steps;
    this.rows = answer.steps.map((step, index) => this.row(step, index));
    this.slider = h('input', {
      type: 'range',
      class: 'grow',
      min: 1,
      max: this.steps.length,
      'aria-label': t('translator.step'),
      onInput: () => this.go(Number(this.slider.value) - 1),
    });
    this.count = h('span', { class: 'number small soft nowrap', role: 'status' });
    this.playButton = button(t('translator.play'), { icon: 'play', iconOnly: true, onClick: () => this.toggle() });
    const step = (label, icon, move) => button(label, { icon, iconOnly: true, kind: 'quiet', onClick: move });
    const head = (text, name) => h('div', {}, h('strong', {}, text), ' ', h('span', { class: 'faint' }, name));
    show(
      this.result,
      h(
        'section',
        { class: 'card stepper', 'aria-label': t('translator.steps') },
        h(
          'div',
          { class: 'body top stack' },
          h(
            'div',
            { class: 'line stepper-bar' },
            step(t('translator.back'), 'back', () => this.go(this.at - 1)),
            this.playButton,
            step(t('translator.next'), 'next', () => this.go(this.at + 1)),
            this.slider,
            this.count,
          ),
          answer.passthrough && notice(t('translator.sameDialect')),
          answer.losses.length > 0 &&
            h(
              'ul',
              { class: 'losses' },
              answer.losses.map((loss) =>
                h('li', {}, h('code', {}, loss.field), h('span', { class: 'small soft' }, tOr(`loss.${loss.reason}`, loss.reason))),
              ),
            ),
          answer.error && notice(answer.error.message, 'bad'),
          answer.isCut && notice(t('translator.cut', { n: number(this.steps.length) }), 'warn'),
        ),
        h(
          'div',
          { class: 'steps-head', 'aria-hidden': 'true' },
          head(t('translator.upstreamSends'), DIALECT_NAMES[answer.from]),
          head(t('translator.means'), ''),
          head(t('translator.clientReads'), DIALECT_NAMES[answer.to]),
        ),
        h('ol', { class: 'stream-steps', tabindex: '0', onKeydown: (event) => this.key(event) }, this.rows),
      ),
    );
    this.go(this.steps.length - 1, { isQuiet: true });
  }

  row(step, index) {
    const frames = (texts, none) =>
      texts.length > 0
        ? texts.map((text) => h('pre', { class: 'frame wrapped' }, text.trimEnd()))
        : h('span', { class: 'tiny faint' }, none);
    return h(
      'li',
      { class: step.commits ? 'commits' : null, onClick: () => this.go(index, { isQuiet: true }) },
      step.commits && h('div', { class: 'commit tiny' }, t('translator.commits')),
      h('div', { class: 'side', dataset: { side: t('translator.upstreamSends') } }, frames(step.input ? [step.input] : [], t('translator.closed'))),
      h(
        'div',
        { class: 'side stack gap-1', dataset: { side: t('translator.means') } },
        step.events.length > 0 ? step.events.map(eventLine) : h('span', { class: 'tiny faint' }, t('translator.meansNothing')),
      ),
      h('div', { class: 'side', dataset: { side: t('translator.clientReads') } }, frames(step.output, t('translator.readsNothing'))),
    );
  }

  /** @param {number} index the step that is shown last. */
  go(index, { isQuiet = false } = {}) {
    this.at = Math.max(0, Math.min(index, this.steps.length - 1));
    for (const [position, row] of this.rows.entries()) {
      row.classList.toggle('to-come', position > this.at);
      if (position === this.at) row.setAttribute('aria-current', 'step');
      else row.removeAttribute('aria-current');
    }
    this.slider.value = this.at + 1;
    show(this.count, `${number(this.at + 1)} / ${number(this.steps.length)}`);
    if (!isQuiet) this.reveal(this.rows[this.at]);
  }

  /** Within the list where it scrolls by itself, so that the page stays where it is. */
  reveal(row) {
    const list = row.parentElement;
    if (list.scrollHeight > list.clientHeight) list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 2;
    else row.scrollIntoView({ block: 'nearest' });
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? this.steps.length - 1 : step && this.at + step;
    if (next == null) return;
    event.preventDefault();
    this.go(next);
  }

  toggle() {
    if (this.timer) {
      this.stop();
      return;
    }
    if (this.at === this.steps.length - 1) this.go(0);
    this.playButton.setAttribute('aria-pressed', 'true');
    this.timer = setInterval(() => {
      this.go(this.at + 1);
      if (this.at === this.steps.length - 1) this.stop();
    }, PACE);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.playButton?.removeAttribute('aria-pressed');
  }
}

/** One canonical event in a line. */
function eventLine({ type, choice, ...rest }) {
  const text = rest.text ?? rest.reason ?? rest.message;
  const others = Object.entries(rest).filter(([name]) => !['text', 'reason', 'message'].includes(name));
  return h(
    'div',
    { class: 'line wrap gap-1' },
    badge(type, TONES[type] ?? ''),
    choice > 0 && h('span', { class: 'tiny faint' }, `#${choice}`),
    text !== undefined && h('code', { class: 'event-text' }, type === 'text' || type === 'reasoning' ? JSON.stringify(text) : text),
    others.length > 0 &&
      h(
        'span',
        { class: 'tiny soft' },
        others.map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(' · '),
      ),
  );
}
