const SECOND_MS = 1_000;

export const DIALER_LIMITS = {
  tickMs: 2 * SECOND_MS,
  dialsAtOnceMax: 4,
  settleMs: 1.5 * SECOND_MS,
  retryMs: 2 * SECOND_MS,
  retryMsMax: 60 * SECOND_MS,
  namedMax: 256,
} as const;
