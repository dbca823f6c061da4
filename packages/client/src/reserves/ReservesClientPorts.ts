export interface ReservesClientPorts {
  /** `@trellis/client/trust` creates a fetch that pins the service's TLS key. */
  readonly fetch: typeof globalThis.fetch;
  readonly pause: (ms: number) => Promise<void>;
  /** Idempotency key. */
  readonly newKey: () => string;
}
