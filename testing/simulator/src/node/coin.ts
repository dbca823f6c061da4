export const COIN = 10n ** 18n;
