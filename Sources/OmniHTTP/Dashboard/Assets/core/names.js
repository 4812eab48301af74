/** Names a client may ask for. */

import { getKept } from './api.js';

/**
 * Combos first, then aliases without wildcards, then models of accounts there are, the simulator's last.
 * @returns {Promise<string[]>}
 */
export async function modelNames() {
  const [{ combos }, { aliases }, { catalog }] = await Promise.all([
    getKept('/api/combos'),
    getKept('/api/models/alias'),
    getKept('/api/models/catalog'),
  ]);
  const { sim, ...others } = catalog;
  const models = [...Object.values(others), sim]
    .filter((entry) => entry?.active)
    .flatMap((entry) =>
      entry.models.filter((model) => ['chat', 'unknown'].includes(model.type)).map((model) => model.id),
    );
  return [
    ...combos.map((combo) => combo.name),
    ...Object.keys(aliases).filter((name) => !/[*?]/.test(name)),
    ...models,
  ];
}
