/** Login with the password. */

import { post } from '../core/api.js';
import { h } from '../core/dom.js';
import { go } from '../core/router.js';
import { t } from '../core/texts.js';
import { languageChoice, themeButton } from '../shell.js';
import { form } from '../ui/form.js';

export function render(place) {
  const login = form(
    [
      {
        name: 'password',
        label: t('login.password'),
        type: 'password',
        required: true,
        whole: true,
        attributes: { autocomplete: 'current-password', autofocus: true },
      },
    ],
    {
      save: t('login.action'),
      onSave: async ({ password }) => {
        await post('/api/auth/login', { password }, { quiet: true });
        go('/dashboard');
      },
    },
  );
  place.append(
    head(t('login.title'), t('login.text')),
    login.element,
    h('p', { class: 'small faint' }, t('login.forgotten'), ' ', h('code', {}, 'omniroute reset-password')),
    foot(),
  );
  login.fields.password.input.focus();
}

/** Mark, title and a sentence. */
export function head(title, text) {
  const mark = document.querySelector('link[rel=icon]').href;
  return h(
    'div',
    { class: 'solo-head' },
    h('img', { src: mark, alt: 'omniroute', width: 40, height: 40 }),
    h('h1', {}, title),
    text && h('p', { class: 'soft' }, text),
  );
}

export function foot() {
  return h('div', { class: 'solo-foot' }, languageChoice(), themeButton());
}
