/** Of one tenant and key on one day. */
export interface CallerUsage {
  /** Customer id; undefined: a caller without a customer. */
  readonly tenant: string | undefined;
  /** `key:ID`, `service:ID`, `certificate:NAME`, `users` or `anonymous`. */
  readonly key: string;
  readonly requests: number;
  /** Bytes of connections, without those of TLS records. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Summed over callers, in whole units. */
export interface Usage {
  readonly requests: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
  /** Only known of a whole service, as are the members below. */
  readonly cpuMicros: bigint;
  /** At the end of the day, or now. */
  readonly storedBytes: bigint;
  readonly gasWei: bigint;
}

/** Callers past the bounds, as shown. */
export const OTHER = "other";
/** No customer has this id: it has a NUL character. */
export const OTHER_TENANT = "\0other";
