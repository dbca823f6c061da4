/** What of its surroundings a client uses: a browser and Node.js have both. */
export interface ReservesClientPorts {
  readonly fetch: typeof globalThis.fetch;
  /** Waits. ms */
  readonly pause: (ms: number) => Promise<void>;
  /** A new value each time, for idempotency keys. */
  readonly newKey: () => string;
}
