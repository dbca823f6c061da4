export interface ReservesClientPorts {
  /** `@trellis/client/trust` has one that pins the service's key. */
  readonly fetch: typeof globalThis.fetch;
  /** ms */
  readonly pause: (ms: number) => Promise<void>;
  /** Fresh idempotency key. */
  readonly newKey: () => string;
}
