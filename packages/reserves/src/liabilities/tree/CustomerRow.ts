/** One customer of a snapshot. */
export interface CustomerRow {
  readonly customerId: string;
  /** 32 secret bytes, drawn once for a customer: whoever erases them makes the leaf's salt unknowable. */
  readonly userKey: Uint8Array;
  /** What the customer owns, in base units, one amount an asset. */
  readonly equity: readonly bigint[];
  /** What the customer owes; left out where the list of assets has no debts. */
  readonly debt?: readonly bigint[];
}
