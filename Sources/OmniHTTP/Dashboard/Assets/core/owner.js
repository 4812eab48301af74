/** What the router's owner chose for people who have chosen nothing themselves. */

/** What this router is called. */
export let instanceName = 'omniroute';

/** Learns it before anything is shown; keeps it for the next time, when it is needed before the first paint. */
export async function adoptOwnersChoices() {
  const chosen = await ask();
  if (!chosen) return;
  const root = document.documentElement;
  instanceName = chosen.instanceName ?? 'omniroute';
  const theme = chosen.theme === 'system' ? null : chosen.theme;
  keep('omniroute.ownerTheme', theme);
  keep('omniroute.ownerLanguage', chosen.language);
  if (!stored('omniroute.theme')) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  }
  if (!stored('omniroute.language')) root.lang = chosen.language ?? navigator.language.slice(0, 2);
}

/** Null while nobody answers: the pages say so themselves. */
async function ask() {
  try {
    const answer = await fetch('/api/init', { headers: { accept: 'application/json' } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    /* Private windows refuse; it is asked for again the next time. */
  }
}
