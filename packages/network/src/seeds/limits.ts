const SECOND_MS = 1_000;

export const RECORD_PREFIX = "dnsaddr=";
export const SEED_LIMITS = {
  tickMs: 2 * SECOND_MS,
  lookupMs: 5 * SECOND_MS,
  /** While outbound peers are missing. */
  lackingMs: 15 * SECOND_MS,
  refreshMs: 600 * SECOND_MS,
  retryMs: 2 * SECOND_MS,
  retryMsMax: 60 * SECOND_MS,
  /** Names that lead to names. */
  depthMax: 4,
  lookupsMax: 16,
  recordsMax: 64,
  addressesPerSeedMax: 32,
  /** Leaves three quarters of the dialler's addresses to the operator. */
  addressesMax: 64,
} as const;
