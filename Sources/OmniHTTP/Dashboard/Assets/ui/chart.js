/** Charts as inline SVG: lines or stacked bars over time, with a tip that follows pointer and arrow keys. */

import { h, show, svg } from '../core/dom.js';

const WIDTH = 640;
const BOTTOM = 18;

/**
 * @typedef {object} ChartData
 * @property {string[]} labels of the positions, oldest first.
 * @property {{ name: string, values: number[] }[]} series at most six.
 * @property {(value: number) => string} format
 * @property {'line' | 'bars'} [kind]
 */
class Chart extends HTMLElement {
  /** @param {ChartData} data */
  set data(data) {
    this.chart = data;
    this.draw();
  }

  connectedCallback() {
    if (this.observer) return;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this);
    this.addEventListener('pointermove', (event) => this.point(event));
    this.addEventListener('pointerleave', () => this.mark(null));
    this.addEventListener('keydown', (event) => this.step(event));
    this.addEventListener('blur', () => this.mark(null));
    this.tabIndex = 0;
    this.setAttribute('role', 'img');
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.observer = null;
  }

  draw() {
    if (!this.chart) return;
    const { series, labels, format, kind = 'line' } = this.chart;
    const width = this.clientWidth || WIDTH;
    const height = Number(this.getAttribute('height') ?? 180);
    this.style.setProperty('--height', `${height}px`);
    this.size = { width, height, plot: height - BOTTOM };
    const top = niceCeiling(maximum(series, labels.length, kind));
    this.x = (index) =>
      labels.length < 2
        ? width / 2
        : kind === 'bars'
          ? ((index + 0.5) * width) / labels.length
          : (index * width) / (labels.length - 1);
    this.y = (value) => 4 + (this.size.plot - 4) * (1 - value / top);
    this.cursor = svg('line', { class: 'cursor', y1: 0, y2: this.size.plot, visibility: 'hidden' });
    this.tip = h('div', { class: 'chart-tip', hidden: true });
    show(
      this,
      svg(
        'svg',
        { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        this.grid(top, format),
        kind === 'bars' ? this.bars(series, labels.length) : this.lines(series),
        this.axis(labels),
        this.cursor,
      ),
      this.tip,
    );
    this.setAttribute('aria-label', this.summary());
  }

  grid(top, format) {
    return [0, 0.5, 1].map((share) => [
      svg('line', { class: 'grid', x1: 0, x2: this.size.width, y1: this.y(top * share), y2: this.y(top * share) }),
      share > 0 && svg('text', { x: 2, y: this.y(top * share) + 12 }, format(top * share)),
    ]);
  }

  axis(labels) {
    const middle = Math.floor((labels.length - 1) / 2);
    const places = [...new Set([0, middle, labels.length - 1])].filter((index) => index >= 0 && index < labels.length);
    const anchors = places.length === 3 ? ['start', 'middle', 'end'] : ['start', 'end'];
    return places.map((index, position) =>
      svg(
        'text',
        {
          x:
            places.length === 1
              ? this.size.width / 2
              : [0, this.size.width / 2, this.size.width].at(position === places.length - 1 ? -1 : position),
          y: this.size.height - 4,
          'text-anchor': places.length === 1 ? 'middle' : anchors[position],
        },
        labels[index],
      ),
    );
  }

  lines(series) {
    return series.map(({ values }, number) => {
      const points = values.map((value, index) => `${this.x(index).toFixed(1)},${this.y(value ?? 0).toFixed(1)}`);
      if (points.length === 0) return null;
      const base = this.size.plot;
      return [
        number === 0 &&
          svg('path', {
            class: `area f${number}`,
            d: `M${points[0].split(',')[0]},${base}L${points.join('L')}L${points.at(-1).split(',')[0]},${base}Z`,
          }),
        svg('path', { class: `stroke s${number}`, d: `M${points.join('L')}` }),
      ];
    });
  }

  bars(series, count) {
    const space = this.size.width / Math.max(1, count);
    const width = Math.max(1, Math.min(28, space * 0.72));
    return Array.from({ length: count }, (_, index) => {
      let below = 0;
      return series.map(({ values }, number) => {
        const value = values[index] ?? 0;
        if (value <= 0) return null;
        const bottom = this.y(below);
        below += value;
        return svg('rect', {
          class: `f${number}`,
          x: this.x(index) - width / 2,
          width,
          y: this.y(below),
          height: Math.max(0.5, bottom - this.y(below)),
          rx: Math.min(2, width / 4),
        });
      });
    });
  }

  point(event) {
    const box = this.getBoundingClientRect();
    const count = this.chart.labels.length;
    const share = (event.clientX - box.left) / box.width;
    const index = this.chart.kind === 'bars' ? Math.floor(share * count) : Math.round(share * (count - 1));
    this.mark(Math.max(0, Math.min(count - 1, index)));
  }

  step(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const count = this.chart?.labels.length ?? 0;
    if (!step || count === 0) return;
    event.preventDefault();
    this.mark(Math.max(0, Math.min(count - 1, (this.marked ?? (step > 0 ? -1 : count)) + step)));
  }

  mark(index) {
    this.marked = index;
    if (!this.tip) return;
    this.tip.hidden = index == null;
    this.cursor.setAttribute('visibility', index == null ? 'hidden' : 'visible');
    if (index == null) return;
    const { labels, series, format } = this.chart;
    const x = this.x(index);
    this.cursor.setAttribute('x1', x);
    this.cursor.setAttribute('x2', x);
    show(
      this.tip,
      h('div', { class: 'faint' }, labels[index]),
      series.map(({ name, values }, number) =>
        h(
          'div',
          { class: 'legend' },
          h('span', {}, h('i', { class: `f${number}` }), name, h('b', {}, format(values[index] ?? 0))),
        ),
      ),
    );
    const room = this.size.width - this.tip.offsetWidth;
    this.tip.style.setProperty('--x', `${Math.max(0, Math.min(room, x + 12))}px`);
  }

  summary() {
    const { labels, series, format } = this.chart;
    const name = this.getAttribute('label') ?? '';
    if (labels.length === 0) return name;
    const last = series.map((one) => `${one.name}: ${format(one.values.at(-1) ?? 0)}`).join(', ');
    return `${name}: ${labels[0]} – ${labels.at(-1)}. ${last}`;
  }
}
customElements.define('omni-chart', Chart);

function maximum(series, count, kind) {
  if (kind !== 'bars') return Math.max(0, ...series.flatMap((one) => one.values.map((value) => value ?? 0)));
  return Math.max(
    0,
    ...Array.from({ length: count }, (_, index) => series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0)),
  );
}

/** The next of 1, 2, 2.5, 5 and their tens: a top that reads well. */
function niceCeiling(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** @param {{ label: string, height?: number }} options */
export function chart({ label, height = 180 }) {
  return h('omni-chart', { label, height });
}

export function legend(names) {
  return h(
    'div',
    { class: 'legend' },
    names.map((name, number) => h('span', {}, h('i', { class: `f${number}` }), name)),
  );
}
