/** Signed and encoded before the clock starts. */
export interface LoadRequest {
  readonly url: string;
  /** Raw transactions in hexadecimal, by connection, in sending order. */
  readonly lanes: readonly (readonly LoadTransaction[])[];
  readonly batchSize: number;
  /** Maximum number of a lane's transactions without a receipt, or without an answer if `until` is `accepted`. */
  readonly openMax: number;
  readonly quietMsMax: number;
  /** `accepted`: until the answer of `eth_sendRawTransaction`; receipts are not polled. */
  readonly until: "accepted" | "mined";
}

export interface LoadTransaction {
  readonly hash: string;
  readonly encoded: string;
}

export type LoadOutcome =
  | ({ readonly kind: "done" } & LoadResult)
  | { readonly kind: "stuck"; readonly hashes: readonly string[]; readonly quietMs: number }
  | { readonly kind: "failed"; readonly reason: string };

export interface LoadResult {
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
  readonly failed: number;
}
