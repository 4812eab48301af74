/** The dashboard's beginning: who is there, what address was asked for, which page that is. */

import { call, onLoggedOut } from './core/api.js';
import { h, show } from './core/dom.js';
import { disconnect, onEnd } from './core/live.js';
import { adoptOwnersChoices, instanceName } from './core/owner.js';
import { followLinks, go, onChange, path } from './core/router.js';
import { loadTexts, t } from './core/texts.js';
import { PAGES, SOLO_PAGES } from './pages/index.js';
import { Shell } from './shell.js';
import { button, empty } from './ui/controls.js';
import { describe } from './ui/toasts.js';

const root = document.getElementById('app');
const shell = new Shell();
let stop = null;
/** Counts addresses, so that a page that loads slowly does not replace the one after it. */
let visit = 0;

/** Who may be here, and where they belong: first run before a password was set, login before everything else. */
async function gate(address) {
  const [status, settings] = await Promise.all([
    call('GET', '/api/auth/status', undefined, { quiet: true }),
    call('GET', '/api/settings/require-login', undefined, { quiet: true }),
  ]);
  const isFresh = !settings.hasPassword;
  if (isFresh && address !== '/dashboard/onboarding') return '/dashboard/onboarding';
  if (!isFresh && !status.authenticated && address !== '/login') return '/login';
  if (!isFresh && status.authenticated && address === '/login') return '/dashboard';
  return null;
}

/** A page of the list with the parts of the address it takes, such as the id in `/dashboard/requests/:id`. */
function match(address) {
  for (const page of [...SOLO_PAGES, ...PAGES]) {
    const names = [];
    const pattern = page.path.replaceAll(/:(\w+)/g, (_, name) => {
      names.push(name);
      return '([^/]+)';
    });
    const found = new RegExp(`^${pattern}$`).exec(address);
    if (found)
      return {
        page,
        parts: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1])])),
      };
  }
  return null;
}

let isAdmitted = false;

async function render() {
  visit += 1;
  const own = visit;
  const address = path();
  stop?.();
  stop = null;
  try {
    const elsewhere = isAdmitted && address !== '/login' ? null : await gate(address);
    if (own !== visit) return;
    if (elsewhere) {
      isAdmitted = false;
      go(elsewhere, { replace: true });
      return;
    }
    const found = match(address);
    const isSolo = SOLO_PAGES.includes(found?.page);
    isAdmitted = !isSolo;
    const place = isSolo ? solo(found.page) : shell.show(root, found?.page);
    if (!found) {
      show(place, missing());
      return;
    }
    const module = await found.page.load();
    if (own !== visit) return;
    const title = t(`page.${found.page.name}`);
    document.title = `${title} · ${instanceName}`;
    const ended = new AbortController();
    stop = () => ended.abort();
    await module.render(place, { parts: found.parts, signal: ended.signal });
    if (!isSolo) shell.arrived(title);
  } catch (error) {
    if (own === visit && error.name !== 'AbortError') failed(error);
  }
}

function solo(page) {
  const main = h('main', { id: 'main', tabindex: '-1' });
  show(root, h('div', { class: `solo ${page.isWide ? 'wide' : ''}` }, main), h('omni-toasts'));
  return main;
}

function missing() {
  return empty('search', t('error.noPage'), t('error.noPageText'), button(t('page.home'), { href: '/dashboard' }));
}

/** Nothing a page does wrong takes the rest of the dashboard with it. */
function failed(error) {
  const isOld = error instanceof TypeError && /import|module/i.test(error.message);
  const place = document.getElementById('main') ?? root;
  show(
    place,
    empty(
      'alert',
      isOld ? t('error.newVersion') : t('error.title'),
      isOld ? t('error.newVersionText') : describe(error),
      button(t('action.reload'), { icon: 'refresh', kind: 'primary', onClick: () => location.reload() }),
    ),
  );
}

function leave() {
  isAdmitted = false;
  disconnect();
  if (path() !== '/login') go('/login');
}

await adoptOwnersChoices();
await loadTexts();
onLoggedOut(() => {
  if (isAdmitted) leave();
});
onEnd(leave);
addEventListener('unhandledrejection', (event) => {
  if (event.reason?.name === 'AbortError') event.preventDefault();
});
followLinks();
onChange(render);
await render();
