/** A conversation with any model in any dialect, with the raw request and events beside it. */

import { h, show } from '../core/dom.js';
import { duration, number } from '../core/format.js';
import { modelNames } from '../core/names.js';
import { t } from '../core/texts.js';
import { button, code, empty, pageHead } from '../ui/controls.js';
import { fieldOf } from '../ui/form.js';
import { icon } from '../ui/icons.js';
import { tabs } from '../ui/tabs.js';
import { DIALECTS, send } from './playground-dialects.js';

export async function render(place, { signal }) {
  const models = await modelNames();
  const fields = {
    model: fieldOf({
      name: 'model',
      label: t('play.model'),
      value: models[0],
      suggestions: models,
    }),
    dialect: fieldOf({
      name: 'dialect',
      label: t('play.dialect'),
      type: 'select',
      options: Object.entries(DIALECTS).map(([name, { title }]) => [name, title]),
    }),
    key: fieldOf({ name: 'key', label: t('play.key'), type: 'password', hint: t('play.keyHint') }),
    temperature: fieldOf({
      name: 'temperature',
      label: t('play.temperature'),
      type: 'number',
      attributes: { min: 0, max: 2, step: 0.1 },
    }),
    maxTokens: fieldOf({ name: 'maxTokens', label: t('play.maxTokens'), type: 'number', value: 1024 }),
    system: fieldOf({ name: 'system', label: t('play.system'), type: 'textarea', attributes: { rows: 2 } }),
    stream: fieldOf({ name: 'stream', label: t('play.stream'), type: 'switch', value: true }),
  };
  const talk = new Talk(fields, signal);
  place.append(
    pageHead(
      t('page.playground'),
      t('play.text'),
      button(t('play.clear'), { icon: 'trash', onClick: () => talk.clear() }),
    ),
    h(
      'div',
      { class: 'card' },
      h(
        'div',
        { class: 'body top stack' },
        h('div', { class: 'fields' }, fields.model.element, fields.dialect.element, fields.key.element),
        h(
          'details',
          {},
          h('summary', {}, t('play.more')),
          h(
            'div',
            { class: 'fields' },
            fields.temperature.element,
            fields.maxTokens.element,
            fields.stream.element,
            fields.system.element,
          ),
        ),
      ),
    ),
    h(
      'div',
      { class: 'split' },
      h('section', { class: 'card', 'aria-label': t('play.conversation') }, talk.log, talk.composer),
      h('section', { class: 'card', 'aria-label': t('play.raw') }, h('div', { class: 'body top' }, talk.raw)),
    ),
  );
  signal.addEventListener('abort', () => talk.stop());
  talk.input.focus();
}

class Talk {
  constructor(fields, signal) {
    this.fields = fields;
    this.pageSignal = signal;
    this.turns = [];
    this.log = h('div', { class: 'chat', tabindex: '0', role: 'log', 'aria-label': t('play.conversation') });
    this.input = h('textarea', {
      class: 'input grow',
      rows: 1,
      'aria-label': t('play.message'),
      placeholder: t('play.message'),
    });
    this.button = button(t('play.send'), { icon: 'send', kind: 'primary', type: 'submit' });
    this.composer = h(
      'form',
      {
        class: 'composer',
        onSubmit: (event) => {
          event.preventDefault();
          if (this.running) this.stop();
          else this.ask();
        },
      },
      this.input,
      this.button,
    );
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        if (!this.running) this.ask();
      }
    });
    this.record = { request: '', events: [], headers: [] };
    this.raw = tabs(
      t('play.raw'),
      [
        ['events', t('play.events'), () => this.eventList()],
        ['request', t('play.request'), () => (this.record.request ? code(this.record.request) : this.nothing())],
        [
          'headers',
          t('play.headers'),
          () =>
            this.record.headers.length
              ? code(this.record.headers.map((pair) => pair.join(': ')).join('\n'))
              : this.nothing(),
        ],
      ],
      'events',
      (name) => {
        this.shown = name;
      },
    );
    this.shown = 'events';
    this.clear();
  }

  nothing() {
    return empty('requests', t('play.nothing'), t('play.nothingText'));
  }

  eventList() {
    if (this.record.events.length === 0) return this.nothing();
    this.eventLog = h(
      'div',
      { class: 'events', tabindex: '0' },
      this.record.events.map((line) => h('div', {}, line)),
    );
    return this.eventLog;
  }

  clear() {
    this.stop();
    this.turns = [];
    show(this.log, empty('play', t('play.empty'), t('play.emptyText')));
    this.input.focus();
  }

  stop() {
    this.running?.abort();
  }

  async ask() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = '';
    if (this.turns.length === 0) this.log.replaceChildren();
    this.turns.push({ role: 'user', text });
    this.add('user', t('play.you')).text.textContent = text;
    const model = this.fields.model.value.trim();
    const bubble = this.add('assistant', model);
    this.record = { request: '', events: [], headers: [] };
    this.running = new AbortController();
    show(this.button, icon('stop'), t('play.stop'));
    const began = performance.now();
    try {
      const answer = await send(
        {
          dialect: this.fields.dialect.value,
          key: this.fields.key.value.trim(),
          signal: this.running.signal,
          model,
          turns: this.turns,
          system: this.fields.system.value.trim(),
          temperature: this.fields.temperature.value,
          maxTokens: this.fields.maxTokens.value,
          isStreaming: this.fields.stream.value,
        },
        {
          request: (request) => this.tellRequest(request),
          headers: (headers) => this.tellHeaders(headers),
          event: (line) => this.tellEvent(line),
          text: (more) => this.grow(bubble, 'text', more),
          thought: (more) => this.grow(bubble, 'thought', more),
        },
      );
      this.turns.push({ role: 'assistant', text: bubble.text.textContent });
      bubble.note.textContent = [
        duration(performance.now() - began),
        answer.usage && t('play.usage', { in: number(answer.usage.input), out: number(answer.usage.output) }),
        answer.servedBy,
      ]
        .filter(Boolean)
        .join(' · ');
    } catch (error) {
      this.turns.pop();
      if (error.name === 'AbortError') bubble.note.textContent = t('play.stopped');
      else {
        bubble.element.classList.add('failed');
        this.grow(bubble, 'text', error.message);
      }
    } finally {
      this.running = null;
      show(this.button, icon('send'), t('play.send'));
      if (this.shown === 'events') this.raw.choose('events');
    }
  }

  add(role, who) {
    const text = h('div', { class: 'text' });
    const thought = h('div', { class: 'text thought', hidden: true });
    const note = h('div', { class: 'tiny faint' });
    const element = h('div', { class: `turn ${role}` }, h('div', { class: 'who' }, who), thought, text, note);
    this.log.append(element);
    this.follow();
    return { element, text, thought, note };
  }

  grow(bubble, part, more) {
    bubble[part].hidden = false;
    bubble[part].append(more);
    this.follow();
  }

  follow() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  tellRequest(request) {
    this.record.request = request;
    this.raw.choose(this.shown);
  }

  tellHeaders(headers) {
    this.record.headers = headers;
  }

  tellEvent(line) {
    if (this.record.events.length >= 2000) return;
    if (this.record.events.length === 0) {
      this.record.events.push(line);
      if (this.shown === 'events') this.raw.choose('events');
      return;
    }
    this.record.events.push(line);
    if (this.eventLog?.isConnected) {
      this.eventLog.append(h('div', {}, line));
      this.eventLog.scrollTop = this.eventLog.scrollHeight;
    }
  }
}
