/** Signed and serialised before the clock starts. */
export interface LoadRequest {
  readonly url: string;
  /** Hexadecimal envelopes by connection, in order. */
  readonly lanes: readonly (readonly LoadTransaction[])[];
  /** Above 1: sends JSON-RPC batches. */
  readonly batchSize: number;
  /** Waits for receipts at this many open transactions. */
  readonly openMax: number;
  /** Time after which the server counts as stuck. */
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
  /** Receipts with status 0. */
  readonly failed: number;
}
