/** Numbers, money and times in the way of the page's language. */

import { language, t } from './texts.js';

const cache = new Map();

function formatter(kind, options) {
  const key = kind.name + JSON.stringify(options);
  if (!cache.has(key)) cache.set(key, new kind(language, options));
  return cache.get(key);
}

export const NONE = '–';

export function number(value, digits = 0) {
  if (value == null) return NONE;
  return formatter(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

/** 12.3K */
export function short(value) {
  if (value == null) return NONE;
  return formatter(Intl.NumberFormat, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** Dollars, with as many digits as small amounts need. */
export function money(value) {
  if (value == null) return NONE;
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 4 : 6;
  return formatter(Intl.NumberFormat, {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(value);
}

/** Dollars where there is little room: small amounts with two digits that count. */
export function moneyShort(value) {
  if (value == null || value === 0 || Math.abs(value) >= 0.01) return money(value);
  return formatter(Intl.NumberFormat, { style: 'currency', currency: 'USD', maximumSignificantDigits: 2 }).format(
    value,
  );
}

export function percent(share, digits = 0) {
  if (share == null || Number.isNaN(share)) return NONE;
  return formatter(Intl.NumberFormat, { style: 'percent', maximumFractionDigits: digits }).format(share);
}

/** 840 ms, 2.4 s, 3 min */
export function duration(milliseconds) {
  if (milliseconds == null) return NONE;
  const unit = (name, value, digits = 0) =>
    formatter(Intl.NumberFormat, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);
  if (milliseconds === 0) return `< ${unit('millisecond', 1)}`;
  if (milliseconds < 1000) return unit('millisecond', milliseconds);
  if (milliseconds < 60_000) return unit('second', milliseconds / 1000, milliseconds < 10_000 ? 2 : 1);
  if (milliseconds < 3_600_000) return unit('minute', milliseconds / 60_000);
  if (milliseconds < 86_400_000) return unit('hour', milliseconds / 3_600_000, 1);
  return unit('day', milliseconds / 86_400_000);
}

export function bytes(value) {
  if (value == null) return NONE;
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = value < 1 ? 0 : Math.min(3, Math.floor(Math.log10(value) / 3));
  return formatter(Intl.NumberFormat, {
    style: 'unit',
    unit: units[step],
    unitDisplay: 'short',
    maximumFractionDigits: step ? 1 : 0,
  }).format(value / 1000 ** step);
}

/** 14:03:22 */
export function time(value) {
  return value ? formatter(Intl.DateTimeFormat, { timeStyle: 'medium' }).format(new Date(value)) : NONE;
}

/** 26 Nov 2026, 14:03 */
export function dateTime(value) {
  return value
    ? formatter(Intl.DateTimeFormat, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value))
    : NONE;
}

/** 26 Nov; the router counts days in UTC. */
export function day(value) {
  return formatter(Intl.DateTimeFormat, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(value));
}

/** 3 minutes ago, in 2 hours */
export function ago(value) {
  if (!value) return t('time.never');
  const seconds = (new Date(value) - Date.now()) / 1000;
  const size = Math.abs(seconds);
  const relative = formatter(Intl.RelativeTimeFormat, { numeric: 'auto', style: 'short' });
  if (size < 10) return t('time.now');
  if (size < 60) return relative.format(Math.round(seconds), 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}
