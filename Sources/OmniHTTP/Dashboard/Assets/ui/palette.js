/** Everything by name: Ctrl or Cmd and K. A list box that an input steers, by the pattern of the ARIA guide. */

import { h, newID, show } from '../core/dom.js';
import { t } from '../core/texts.js';
import { openDialog } from './dialog.js';
import { icon } from './icons.js';

/** @typedef {{ name: string, icon: string, run: () => unknown }} Command */

/** @param {Command[]} commands */
export function openPalette(commands) {
  openDialog(t('palette.title'), (close) => paletteOf(commands, close), { kind: 'palette' });
}

function paletteOf(commands, close) {
  const id = newID('palette');
  const list = h('ul', { id, role: 'listbox', 'aria-label': t('palette.title') });
  const input = h('input', {
    class: 'input',
    type: 'text',
    role: 'combobox',
    autofocus: true,
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: t('palette.hint'),
    'aria-label': t('palette.hint'),
    'aria-expanded': 'true',
    'aria-controls': id,
  });
  let found = [];
  let chosen = 0;

  const run = (command) => {
    close();
    command?.run();
  };
  const draw = () => {
    chosen = Math.max(0, Math.min(chosen, found.length - 1));
    show(
      list,
      found.map((command, index) =>
        h(
          'li',
          {
            id: `${id}-${index}`,
            role: 'option',
            'aria-selected': String(index === chosen),
            onClick: () => run(command),
          },
          icon(command.icon),
          command.name,
        ),
      ),
    );
    input.setAttribute('aria-activedescendant', found.length > 0 ? `${id}-${chosen}` : '');
    list.children[chosen]?.scrollIntoView({ block: 'nearest' });
  };
  const search = () => {
    found = ranked(commands, input.value);
    chosen = 0;
    draw();
  };

  input.addEventListener('input', search);
  input.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') run(found[chosen]);
    if (!step || found.length === 0) return;
    event.preventDefault();
    chosen = (chosen + step + found.length) % found.length;
    draw();
  });
  search();
  return [input, list];
}

/** Names that begin with what was typed before those that hold it, both before those that hold its letters in order. */
function ranked(commands, typed) {
  const text = typed.trim().toLowerCase();
  const rank = ({ name }) => {
    const place = name.toLowerCase().indexOf(text);
    if (place === 0) return 0;
    return place > 0 ? 1 : holdsInOrder(name.toLowerCase(), text) ? 2 : 3;
  };
  return commands.filter((command) => rank(command) < 3).toSorted((one, other) => rank(one) - rank(other));
}

function holdsInOrder(name, letters) {
  let place = 0;
  for (const letter of name) if (letter === letters[place]) place += 1;
  return place >= letters.length;
}
