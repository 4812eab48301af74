// Runs before the first paint, so that nobody who chose a theme or language sees another one flash.
(() => {
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const theme = stored('omniroute.theme') ?? stored('omniroute.ownerTheme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  const language =
    stored('omniroute.language') ?? stored('omniroute.ownerLanguage') ?? navigator.language.slice(0, 2);
  root.lang = language;
  root.dir = ['ar', 'fa', 'he', 'ur'].includes(language) ? 'rtl' : 'ltr';
})();
