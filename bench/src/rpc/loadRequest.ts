/** Signed and encoded before the clock starts. */
export interface LoadRequest {
  readonly url: string;
  /** Transactions by connection, hexadecimal, in order. */
  readonly lanes: readonly (readonly LoadTransaction[])[];
  /** Values above 1 send JSON-RPC batches. */
  readonly batchSize: number;
  /** Maximum number of transactions without a receipt. */
  readonly openMax: number;
  /** Time without receipts after which the server counts as stuck. */
  readonly quietMsMax: number;
}

export interface LoadTransaction {
  readonly hash: string;
  readonly encoded: string;
}

export type LoadOutcome =
  | ({ readonly kind: "mined" } & LoadResult)
  | { readonly kind: "stuck"; readonly hashes: readonly string[]; readonly quietMs: number }
  | { readonly kind: "failed"; readonly reason: string };

export interface LoadResult {
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
  readonly failed: number;
}
