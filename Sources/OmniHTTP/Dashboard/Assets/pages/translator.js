/** What each upstream would receive of a request, what is lost on the way, and how streams are translated. */

import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { keepQuery, query } from '../core/router.js';
import { t } from '../core/texts.js';
import { pageHead } from '../ui/controls.js';
import { tabs } from '../ui/tabs.js';
import { toastError } from '../ui/toasts.js';
import { RequestBench } from './translator-request.js';
import { StreamBench } from './translator-stream.js';

export async function render(place, { signal }) {
  const logged = query().get('request');
  const log = logged ? await logOf(logged, signal) : null;
  const benches = { request: new RequestBench(log, signal), stream: new StreamBench(log, signal) };
  place.append(
    pageHead(t('page.translator'), t('translator.text')),
    h(
      'div',
      { class: 'bench' },
      tabs(
        t('page.translator'),
        Object.entries(benches).map(([name, bench]) => [name, t(`translator.${name}`), () => bench.element]),
        query().get('view'),
        (name) => {
          keepQuery({ view: name });
          benches[name].begin();
        },
      ),
    ),
  );
  benches[query().get('view') === 'stream' ? 'stream' : 'request'].begin();
}

/** A request of the log, when its body was logged. */
async function logOf(id, signal) {
  try {
    const { log } = await get(`/api/usage/request-logs/${encodeURIComponent(id)}`, { signal });
    return log;
  } catch (error) {
    toastError(error);
    return null;
  }
}
