/** Where in a request the fields stand that a translation loses. */

import { DIALECT_NAMES } from '../core/dialects.js';
import { t, tOr } from '../core/texts.js';

/**
 * Losses are named by paths in the client's words, without positions in lists; in place of a member's name a path may have the
 * kind of a block, such as `messages.thinking`.
 *
 * @param {{ name: string, format: string, losses?: { field: string, reason: string }[] }[]} targets
 * @returns {(path: (string | number)[], value: unknown) => import('../ui/json-view.js').Mark | null}
 */
export function lossMarks(targets) {
  const fields = new Map();
  for (const target of targets)
    for (const { field, reason } of target.losses ?? []) {
      const known = fields.get(field) ?? [];
      fields.set(field, [...known, `${DIALECT_NAMES[target.format]}: ${tOr(`loss.${reason}`, reason)}`]);
    }
  const marks = [...fields].map(([field, notes]) => ({
    parts: field.split('.'),
    id: field,
    title: t('translator.lostHere', { notes: [...new Set(notes)].join('; ') }),
  }));
  return (path, value) => marks.find((mark) => isAt(mark.parts, path, value)) ?? null;
}

function isAt(parts, path, value) {
  const names = path.filter((part) => typeof part === 'string');
  if (names.length === 0) return false;
  const last = parts.at(-1);
  const isNamed = typeof path.at(-1) === 'string' && names.at(-1) === last;
  const isKind = value !== null && typeof value === 'object' && (value.type === last || value.role === last);
  if (parts.length > 1) return names[0] === parts[0] && (isNamed || isKind);
  // A breakpoint of a cache may stand anywhere; everything else with one name is a member of the request itself.
  return isNamed && (names.length === 1 || /cache/.test(last));
}
