/** What stands around every page: navigation, theme, language, the state of the live connection. */

import { post } from './core/api.js';
import { h, show } from './core/dom.js';
import { connect, disconnect, watch } from './core/live.js';
import { instanceName } from './core/owner.js';
import { go, path } from './core/router.js';
import { chooseLanguage, language, LANGUAGES, t } from './core/texts.js';
import { GROUPS, PAGES } from './pages/index.js';
import { button } from './ui/controls.js';
import { icon } from './ui/icons.js';
import { openPalette } from './ui/palette.js';

const IS_MAC = navigator.platform.startsWith('Mac');
const THEMES = ['auto', 'light', 'dark'];
const THEME_ICONS = { auto: 'auto', light: 'sun', dark: 'moon' };

export class Shell {
  /**
   * @param {HTMLElement} root
   * @param {object} [page] the one that is shown.
   * @returns {HTMLElement} where it goes.
   */
  show(root, page) {
    if (!this.element) this.build();
    if (this.element.parentNode !== root) show(root, this.element, h('omni-toasts'));
    this.close();
    for (const link of this.links) {
      const isCurrent = link.getAttribute('href') === page?.path || (page?.parent && link.dataset.name === page.parent);
      if (isCurrent) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    this.main.replaceChildren();
    this.place = h('div', { class: 'page', id: 'page', tabindex: '-1' });
    this.main.append(this.place);
    this.unwatch ??= watch({ state: (name) => this.tellState(name) });
    connect();
    return this.place;
  }

  /** Moves the reader to a page that was just shown; not for the first, where the browser begins at the top anyway. */
  arrived(title) {
    this.announcer.textContent = title;
    if (this.hasArrived && !this.place.contains(document.activeElement)) this.place.focus({ preventScroll: true });
    if (this.hasArrived) scrollTo(0, 0);
    this.hasArrived = true;
  }

  build() {
    this.main = h('main', { class: 'main', id: 'main' });
    this.announcer = h('div', { class: 'out-of-sight', role: 'status', 'aria-live': 'polite' });
    this.live = h('span', { class: 'live', role: 'status' });
    this.nav = this.navigation();
    this.toggle = button(t('nav.open'), {
      icon: 'menu',
      iconOnly: true,
      kind: 'quiet',
      'aria-expanded': 'false',
      'aria-controls': 'nav',
      onClick: () => this.open(),
    });
    this.element = h(
      'div',
      { class: 'shell' },
      h(
        'a',
        {
          class: 'skip',
          href: '#page',
          onClick: (event) => {
            event.preventDefault();
            this.place.focus();
          },
        },
        t('nav.skip'),
      ),
      this.nav,
      h('div', { class: 'veil', onClick: () => this.close() }),
      h(
        'div',
        { class: 'main-column' },
        h('header', { class: 'topbar' }, this.toggle, this.brand(), themeButton()),
        this.main,
      ),
      this.announcer,
    );
    addEventListener('keydown', (event) => {
      const isAsked =
        event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!isAsked || !this.element.isConnected || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      this.find();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.isOpen) {
        this.close();
        this.toggle.focus();
      }
    });
  }

  brand() {
    const mark = document.querySelector('link[rel=icon]').href;
    return h(
      'a',
      { class: 'brand', href: '/dashboard' },
      h('img', { src: mark, alt: '', width: 24, height: 24 }),
      instanceName,
    );
  }

  navigation() {
    this.links = [];
    const groups = GROUPS.map((group) =>
      h(
        'div',
        { class: 'nav-group' },
        group && h('h2', {}, t(`nav.${group}`)),
        PAGES.filter((page) => page.group === group).map((page) => {
          const link = h(
            'a',
            { class: 'nav-link', href: page.path, dataset: { name: page.name } },
            icon(page.icon),
            t(`page.${page.name}`),
          );
          link.addEventListener('click', () => this.close());
          this.links.push(link);
          return link;
        }),
      ),
    );
    return h(
      'nav',
      { class: 'nav', id: 'nav', 'aria-label': t('nav.label') },
      this.brand(),
      h(
        'button',
        { type: 'button', class: 'find', onClick: () => this.find() },
        icon('search'),
        t('palette.open'),
        h('kbd', {}, IS_MAC ? '⌘K' : 'Ctrl K'),
      ),
      groups,
      h(
        'div',
        { class: 'nav-foot' },
        h(
          'div',
          { class: 'line' },
          this.live,
          h(
            'span',
            { class: 'line gap-1' },
            themeButton(),
            button(t('nav.logout'), { icon: 'logout', iconOnly: true, kind: 'quiet slim', onClick: logOut }),
          ),
        ),
        languageChoice(),
      ),
    );
  }

  find() {
    this.close();
    const pages = PAGES.filter((page) => page.icon).map((page) => ({
      name: t(`page.${page.name}`),
      icon: page.icon,
      run: () => go(page.path),
    }));
    openPalette([
      ...pages,
      { name: t('providers.add'), icon: 'plus', run: () => go('/dashboard/providers?add=1') },
      { name: t('keys.add'), icon: 'plus', run: () => go('/dashboard/keys?add=1') },
      { name: t('combos.add'), icon: 'plus', run: () => go('/dashboard/combos?add=1') },
      { name: t('palette.theme'), icon: 'moon', run: () => document.querySelector('[data-control=theme]')?.click() },
      { name: t('nav.logout'), icon: 'logout', run: logOut },
    ]);
  }

  get isOpen() {
    return this.element.classList.contains('open');
  }

  open() {
    this.element.classList.add('open');
    this.toggle.setAttribute('aria-expanded', 'true');
    (this.links.find((link) => link.hasAttribute('aria-current')) ?? this.links[0]).focus();
  }

  close() {
    this.element.classList.remove('open');
    this.toggle.setAttribute('aria-expanded', 'false');
  }

  tellState(name) {
    this.live.dataset.state = name;
    show(this.live, t(`live.${name}`));
  }
}

/** Goes through the themes; `auto` is the system's. */
export function themeButton() {
  const root = document.documentElement;
  const current = () => root.dataset.theme ?? 'auto';
  const label = () => t('theme.label', { name: t(`theme.${current()}`) });
  const element = button(label(), {
    icon: THEME_ICONS[current()],
    iconOnly: true,
    kind: 'quiet slim',
    dataset: { control: 'theme' },
  });
  element.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(current()) + 1) % THEMES.length];
    if (next === 'auto') delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      localStorage.setItem('omniroute.theme', next);
    } catch {
      /* Private windows refuse; the choice lasts until reload. */
    }
    for (const other of document.querySelectorAll('[data-control=theme]')) {
      show(other, icon(THEME_ICONS[next]));
      other.setAttribute('aria-label', label());
      other.title = label();
    }
  });
  return element;
}

export function languageChoice() {
  return h(
    'div',
    { class: 'line' },
    h(
      'select',
      {
        class: 'input',
        'aria-label': t('nav.language'),
        onChange: (event) => chooseLanguage(event.target.value),
      },
      Object.entries(LANGUAGES).map(([value, name]) =>
        h('option', { value, selected: value === language, lang: value }, name),
      ),
    ),
  );
}

async function logOut() {
  await post('/api/auth/logout');
  disconnect();
  if (path() !== '/login') go('/login');
}
