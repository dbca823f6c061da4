/** Bytes by key, which may be gone at any time. */
export interface Cache {
  /** @throws ARGUMENT_INVALID, CACHE_UNAVAILABLE */
  get(key: string): Promise<Uint8Array | undefined>;
  /** @param lifetimeMs after which it is gone. @throws ARGUMENT_INVALID, CACHE_UNAVAILABLE */
  set(key: string, value: Uint8Array, lifetimeMs: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** All keys that begin so: what a snapshot's name stands before is invalidated with it. */
  deletePrefix(prefix: string): Promise<void>;
}
