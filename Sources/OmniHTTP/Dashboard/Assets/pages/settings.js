/** Settings of the router, a section each. */

import { h, show } from '../core/dom.js';
import { keepQuery, query } from '../core/router.js';
import { t } from '../core/texts.js';
import { pageHead, skeleton } from '../ui/controls.js';
import { tabs } from '../ui/tabs.js';
import { toastError } from '../ui/toasts.js';
import { clients } from './oauth-clients.js';
import { SECTIONS } from './settings-sections.js';
import { semantic } from './settings-semantic.js';

const { account, about, ...others } = SECTIONS;
const cache = async (context) => [...(await others.cache(context)), ...(await semantic(context))];
const ALL = { ...others, cache, oauth: clients, account, about };

export function render(place, { signal }) {
  const section = (load) => () => {
    const holder = h('div', { class: 'stack gap-5' }, skeleton(5));
    load({ signal }).then(
      (parts) => show(holder, parts),
      (error) => {
        if (!signal.aborted) toastError(error);
      },
    );
    return holder;
  };
  place.append(
    pageHead(t('page.settings'), t('settings.text')),
    h(
      'div',
      { class: 'card' },
      h(
        'div',
        { class: 'body top' },
        tabs(
          t('page.settings'),
          Object.entries(ALL).map(([name, load]) => [name, t(`settings.${name}`), section(load)]),
          query().get('section'),
          (name) => keepQuery({ section: name }),
        ),
      ),
    ),
  );
}
