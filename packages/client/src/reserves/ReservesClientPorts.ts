export interface ReservesClientPorts {
  /** `@trellis/client/trust` provides a `fetch` that pins the service's key. */
  readonly fetch: typeof globalThis.fetch;
  /** ms */
  readonly pause: (ms: number) => Promise<void>;
  /** Fresh idempotency key. */
  readonly newKey: () => string;
}
