/**
 * All pages of the dashboard, in the order of the navigation. To add one: a module with `render(place, { parts, signal })`, an
 * entry here, and its texts in every catalogue.
 *
 * @typedef {object} Page
 * @property {string} name its title is the text `page.<name>`.
 * @property {string} path
 * @property {string} [group] of the navigation; without one the page is not in it.
 * @property {string} [icon]
 * @property {string} [parent] the page whose entry is marked while this one is shown.
 * @property {() => Promise<{ render: (place: HTMLElement, context: { parts: Record<string, string>, signal: AbortSignal }) => unknown }>} load
 */

/** Headings of the navigation; the first group has none. */
export const GROUPS = ['', 'routing', 'money', 'system'];

/** @type {Page[]} */
export const PAGES = [
  { name: 'home', path: '/dashboard', group: '', icon: 'home', load: () => import('./home.js') },
  { name: 'requests', path: '/dashboard/requests', group: '', icon: 'requests', load: () => import('./requests.js') },
  { name: 'request', path: '/dashboard/requests/:id', parent: 'requests', load: () => import('./request.js') },
  { name: 'playground', path: '/dashboard/playground', group: '', icon: 'play', load: () => import('./playground.js') },
  {
    name: 'translator',
    path: '/dashboard/translator',
    group: '',
    icon: 'translator',
    load: () => import('./translator.js'),
  },
  {
    name: 'providers',
    path: '/dashboard/providers',
    group: 'routing',
    icon: 'providers',
    load: () => import('./providers.js'),
  },
  { name: 'models', path: '/dashboard/models', group: 'routing', icon: 'models', load: () => import('./models.js') },
  { name: 'combos', path: '/dashboard/combos', group: 'routing', icon: 'combos', load: () => import('./combos.js') },
  {
    name: 'aliases',
    path: '/dashboard/aliases',
    group: 'routing',
    icon: 'aliases',
    load: () => import('./aliases.js'),
  },
  {
    name: 'policies',
    path: '/dashboard/policies',
    group: 'routing',
    icon: 'policies',
    load: () => import('./policies.js'),
  },
  {
    name: 'rateLimits',
    path: '/dashboard/rate-limits',
    group: 'routing',
    icon: 'gauge',
    load: () => import('./rate-limits.js'),
  },
  {
    name: 'conversations',
    path: '/dashboard/conversations',
    group: 'routing',
    icon: 'conversations',
    load: () => import('./conversations.js'),
  },
  { name: 'evals', path: '/dashboard/evals', group: 'routing', icon: 'evals', load: () => import('./evals.js') },
  { name: 'evalRun', path: '/dashboard/evals/runs/:id', parent: 'evals', load: () => import('./eval-run.js') },
  { name: 'evalCompare', path: '/dashboard/evals/compare', parent: 'evals', load: () => import('./eval-compare.js') },
  { name: 'keys', path: '/dashboard/keys', group: 'money', icon: 'keys', load: () => import('./keys.js') },
  { name: 'usage', path: '/dashboard/usage', group: 'money', icon: 'usage', load: () => import('./usage.js') },
  { name: 'budgets', path: '/dashboard/budgets', group: 'money', icon: 'budgets', load: () => import('./budgets.js') },
  { name: 'tools', path: '/dashboard/tools', group: 'system', icon: 'tools', load: () => import('./tools.js') },
  { name: 'connect', path: '/dashboard/connect', group: 'system', icon: 'copy', load: () => import('./connect.js') },
  { name: 'proxy', path: '/dashboard/proxy', group: 'system', icon: 'proxy', load: () => import('./proxy.js') },
  {
    name: 'resilience',
    path: '/dashboard/resilience',
    group: 'system',
    icon: 'resilience',
    load: () => import('./resilience.js'),
  },
  { name: 'access', path: '/dashboard/access', group: 'system', icon: 'policies', load: () => import('./access.js') },
  { name: 'audit', path: '/dashboard/audit', group: 'system', icon: 'audit', load: () => import('./audit.js') },
  { name: 'sync', path: '/dashboard/sync', group: 'system', icon: 'refresh', load: () => import('./sync.js') },
  {
    name: 'backups',
    path: '/dashboard/backups',
    group: 'system',
    icon: 'backups',
    load: () => import('./backups.js'),
  },
  {
    name: 'settings',
    path: '/dashboard/settings',
    group: 'system',
    icon: 'settings',
    load: () => import('./settings.js'),
  },
];

/** Pages without navigation, for people who have not logged in. */
export const SOLO_PAGES = [
  { name: 'login', path: '/login', load: () => import('./login.js') },
  { name: 'onboarding', path: '/dashboard/onboarding', isWide: true, load: () => import('./onboarding.js') },
];
