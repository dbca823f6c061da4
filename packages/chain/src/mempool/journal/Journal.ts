export interface Journal {
  /** Atomic. @throws JOURNAL_UNAVAILABLE */
  append(encoded: Uint8Array): void;
  /** Oldest first. @throws JOURNAL_UNAVAILABLE, JOURNAL_CORRUPT */
  load(): Uint8Array[];
  /** Atomic. @throws JOURNAL_UNAVAILABLE */
  rewrite(encoded: readonly Uint8Array[]): void;
}
