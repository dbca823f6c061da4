export interface ReservesClientPorts {
  /** `@trellis/client/trust` pins the service's key. */
  readonly fetch: typeof globalThis.fetch;
  readonly pause: (ms: number) => Promise<void>;
  /** Idempotency key. */
  readonly newKey: () => string;
}
