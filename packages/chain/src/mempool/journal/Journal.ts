/** Keeps the transactions that were submitted to this node over a restart. */
export interface Journal {
  /** @throws JOURNAL_UNAVAILABLE; the journal is then as before */
  append(encoded: Uint8Array): void;
  /** All since the last rewrite, oldest first. @throws JOURNAL_UNAVAILABLE, JOURNAL_CORRUPT */
  load(): Uint8Array[];
  /** Replaces everything, or fails and leaves it. @throws JOURNAL_UNAVAILABLE */
  rewrite(encoded: readonly Uint8Array[]): void;
}
