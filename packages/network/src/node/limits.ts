const SECOND_MS = 1_000;

/** How hard this node tries to be connected. */
export const DIALER_LIMITS = {
  tickMs: 2 * SECOND_MS,
  dialsAtOnceMax: 4,
  /** After a failure, doubling. */
  retryMs: 2 * SECOND_MS,
  retryMsMax: 5 * 60 * SECOND_MS,
  /** Addresses from discovery; the oldest make room. */
  candidatesMax: 1_024,
  addressesPerPeerMax: 8,
  /** A discovered address is forgotten after so many failures in a row. */
  failuresMax: 6,
} as const;
