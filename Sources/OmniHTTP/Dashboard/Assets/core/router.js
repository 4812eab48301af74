/** Addresses below `/dashboard`, through the History API. */

const target = new EventTarget();

export const path = () => location.pathname.replace(/\/+$/, '') || '/';
export const query = () => new URLSearchParams(location.search);

/** Goes to an address of the dashboard. */
export function go(address, { replace = false } = {}) {
  if (address === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  target.dispatchEvent(new Event('change'));
}

/** Keeps filters in the address without a step in the history. */
export function keepQuery(values) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === '' || value == null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(null, '', url);
}

export function onChange(work) {
  target.addEventListener('change', work);
  addEventListener('popstate', work);
}

/** Follows links of the dashboard without loading the page again. */
export function followLinks() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.target || link.hasAttribute('download') || event.defaultPrevented) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !/^\/(dashboard|login)(\/|$)/.test(url.pathname)) return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}
