export interface ReservesClientPorts {
  /** `@trellis/client/trust` provides a `fetch` that pins the service's key. */
  readonly fetch: typeof globalThis.fetch;
  /** ms */
  readonly pause: (ms: number) => Promise<void>;
  /** Returns a new idempotency key. */
  readonly newKey: () => string;
}
