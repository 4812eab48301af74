/** Line icons on a grid of 16. */

import { svg } from '../core/dom.js';

const PATHS = {
  home: 'M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z',
  requests: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  play: 'M4 3l9 5-9 5z',
  providers: 'M3 3.5h10v3.5H3zM3 9h10v3.5H3zM5.5 5.2h.01M5.5 10.8h.01',
  combos: 'M2.5 8h3c3 0 3-4 6-4h2M5.5 8h8M5.5 8c3 0 3 4 6 4h2',
  keys: 'M10 6a2.5 2.5 0 1 0-2.4 2.5L6 10H4.5v1.5H3V13h2.5l3.8-3.8A2.5 2.5 0 0 0 10 6z',
  usage: 'M3 13V8M6.5 13V3M10 13V6.5M13.5 13V10',
  budgets:
    'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM9.7 6.2c-.3-.7-.9-1-1.7-1-1 0-1.7.5-1.7 1.3 0 1.9 3.5.9 3.5 2.9 0 .8-.8 1.4-1.8 1.4-.9 0-1.5-.4-1.8-1.1M8 4.3v.9M8 10.8v.9',
  settings: 'M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 3v3M6 10v3',
  tools: 'M2.5 3.5h11v9h-11zM5 6.5l2 1.5-2 1.5M8.5 10h2.5',
  policies: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z',
  plus: 'M8 3.5v9M3.5 8h9',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3.5 8.5l3 3 6-7',
  alert: 'M8 2.5l6 10.5H2zM8 6.5v3M8 11.3v.1',
  info: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 7.5v3.2M8 5.2v.1',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9',
  edit: 'M3 13l.6-2.7 7.2-7.2 2.1 2.1-7.2 7.2z',
  test: 'M2.5 8h2.5l2-4.5 2.5 9L11.5 8h2',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  auto: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  logout: 'M6.5 3h-4v10h4M6.5 8h7M11 5.5L13.5 8 11 10.5',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.5M13 2.5v2.5h-2.5',
  grip: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
  up: 'M8 12.5v-9M4.5 7L8 3.5 11.5 7',
  down: 'M8 3.5v9M4.5 9L8 12.5 11.5 9',
  send: 'M2.5 8L13.5 3l-3 10-3-4z',
  stop: 'M4.5 4.5h7v7h-7z',
  download: 'M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3l2 1.5',
  search: 'M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.5 3.5',
  models: 'M8 2.5l5 2.8v5.4L8 13.5l-5-2.8V5.3zM3 5.3l5 2.8 5-2.8M8 8.1v5.4',
  aliases: 'M3 5h7M7.5 2.5L10 5 7.5 7.5M13 11H6M8.5 8.5L6 11l2.5 2.5',
  audit: 'M3.5 2.5h9v11h-9zM6 5.5h4M6 8h4M6 10.5h2.5',
  translator: 'M2.5 4h6M5.5 2.5V4M7.5 4c-.6 2.6-2.4 4.6-5 5.5M3.8 6.2c.9 1.6 2.2 2.6 3.7 3.2M8 13.5l2.8-7 2.7 7M9 11.2h3.6',
  login: 'M9.5 3h4v10h-4M2.5 8h7M7 5.5L9.5 8 7 10.5',
  conversations: 'M2.5 3.5h8v6h-5L3 12V9.5h-.5zM12 6.5h1.5v5.5H13v2l-2-2H7.5v-1',
  gauge: 'M3 12a5.5 5.5 0 1 1 10 0M8 9.5l2.5-3M3 12h1.5M11.5 12H13',
  back: 'M10 3.5L5.5 8l4.5 4.5',
  next: 'M6 3.5L10.5 8 6 12.5',
  evals: 'M2.5 4.5L4 6l2.5-3M8.5 4.5h5M2.5 11L4 12.5l2.5-3M8.5 11h5',
  resilience: 'M2.5 8a5.5 5.5 0 0 1 9.5-3.8M13.5 8a5.5 5.5 0 0 1-9.5 3.8M12 1.8v2.5H9.5M4 14.2v-2.5h2.5',
};

/** A decoration: what it means stands beside it or in the label of its button. */
export function icon(name) {
  const path = PATHS[name] ?? PATHS.info;
  return svg('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: path }));
}
