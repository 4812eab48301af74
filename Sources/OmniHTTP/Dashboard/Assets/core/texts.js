/** Texts in the language of the page. */

/** Languages there are, by their own names. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' };

let texts = {};
let fallback = {};
export let language = 'en';

/** Loads the catalogue of the page's language; English stands in for what it lacks. */
export async function loadTexts() {
  language = document.documentElement.lang in LANGUAGES ? document.documentElement.lang : 'en';
  document.documentElement.lang = language;
  const [own, english] = await Promise.all([import(`../i18n/${language}.js`), import('../i18n/en.js')]);
  texts = own.default;
  fallback = english.default;
}

/**
 * @param {string} key such as 'page.home'.
 * @param {Record<string, unknown>} [values] for `{name}` within the text. `{n|one|many}` chooses by the plural rule of the language.
 */
export function t(key, values = {}) {
  const text = texts[key] ?? fallback[key] ?? key;
  return text
    .replace(/\{(\w+)\|([^|{}]*)\|([^|{}]*)\}/g, (_, name, one, many) =>
      new Intl.PluralRules(language).select(Number(values[name])) === 'one' ? one : many,
    )
    .replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** A text for a word of the router's, or the word itself where it is a new one. */
export const tOr = (key, word) => (key in texts || key in fallback ? t(key) : word);

export function chooseLanguage(name) {
  try {
    localStorage.setItem('omniroute.language', name);
  } catch {
    /* Private windows refuse; the choice lasts until reload. */
  }
  location.reload();
}
