export interface CustomerRow {
  readonly customerId: string;
  /** 32 secret bytes. Without them the salt is unrecoverable. */
  readonly userKey: Uint8Array;
  /** Base units by asset. */
  readonly equity: readonly bigint[];
  readonly debt?: readonly bigint[];
}
