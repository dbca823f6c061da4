export interface CustomerRow {
  readonly customerId: string;
  /** Secret key of 32 bytes, from which the salt derives. */
  readonly userKey: Uint8Array;
  /** Base units, in asset order. */
  readonly equity: readonly bigint[];
  readonly debt?: readonly bigint[];
}
