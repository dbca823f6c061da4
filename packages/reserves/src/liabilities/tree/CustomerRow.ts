export interface CustomerRow {
  readonly customerId: string;
  /** 32-byte secret from which the salts derive. */
  readonly userKey: Uint8Array;
  /** Base units, in asset order. */
  readonly equity: readonly bigint[];
  readonly debt?: readonly bigint[];
}
