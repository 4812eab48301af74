/** English, pages of combos, models, money and settings. */

export default {
  'usage.export': 'Export CSV',
};
