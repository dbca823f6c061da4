/** What the load generator is told: everything is signed and serialised before the clock starts. */
export interface LoadRequest {
  readonly url: string;
  /** By connection: signed envelopes (hexadecimal) in the order in which they must be sent. */
  readonly lanes: readonly (readonly LoadTransaction[])[];
  /** Transactions of one HTTP request; 1 sends plain requests, more send JSON-RPC batches. */
  readonly batchSize: number;
  /** A connection waits for receipts while this many of its transactions are open. */
  readonly openMax: number;
  /** A server that has taken transactions and mined none for this long never will. */
  readonly quietMsMax: number;
}

export interface LoadTransaction {
  readonly hash: string;
  readonly encoded: string;
}

/** What the load generator answers. */
export type LoadOutcome =
  | ({ readonly kind: "mined" } & LoadResult)
  /** For a long time no transaction was mined, and these had been taken. */
  | { readonly kind: "stuck"; readonly hashes: readonly string[]; readonly quietMs: number }
  | { readonly kind: "failed"; readonly reason: string };

export interface LoadResult {
  /** From the first request to the last receipt. */
  readonly elapsedMs: number;
  /** By transaction: from its request to the poll that saw its receipt. */
  readonly latenciesMs: readonly number[];
  /** Receipts with status 0. */
  readonly failed: number;
}
