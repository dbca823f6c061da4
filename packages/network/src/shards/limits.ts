const SECOND_MS = 1_000;

export const SHARD_LIMITS = {
  tickMs: 1 * SECOND_MS,
  /** A peer's other networks start after that of shard 0. The pause doubles. */
  againMs: 2 * SECOND_MS,
  againMsMax: 60 * SECOND_MS,
} as const;
