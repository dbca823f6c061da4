export interface ReservesClientPorts {
  readonly fetch: typeof globalThis.fetch;
  /** ms */
  readonly pause: (ms: number) => Promise<void>;
  /** Fresh idempotency key. */
  readonly newKey: () => string;
}
