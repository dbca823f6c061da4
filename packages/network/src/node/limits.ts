const SECOND_MS = 1_000;

/** How hard this node tries to be connected. */
export const DIALER_LIMITS = {
  tickMs: 2 * SECOND_MS,
  dialsAtOnceMax: 4,
  /** After so long a connection has lasted. */
  settleMs: 1.5 * SECOND_MS,
  /** Of addresses that the operator named, after a failure, doubling. */
  retryMs: 2 * SECOND_MS,
  retryMsMax: 60 * SECOND_MS,
  /** Addresses that the operator names. */
  namedMax: 256,
} as const;
