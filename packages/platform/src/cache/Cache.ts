/** Entries can disappear at any time. */
export interface Cache {
  /** @throws ARGUMENT_INVALID, CACHE_UNAVAILABLE */
  get(key: string): Promise<Uint8Array | undefined>;
  /** @throws ARGUMENT_INVALID, CACHE_UNAVAILABLE */
  set(key: string, value: Uint8Array, lifetimeMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  deletePrefix(prefix: string): Promise<void>;
}
