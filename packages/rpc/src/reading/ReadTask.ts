import type { Hash } from "@trellis/protocol";
import type { LogMatch } from "../decoding/logCriteria.ts";
import type { RpcLimits } from "../options.ts";

/** Refers to blocks by hash, so that reorganisations do not affect the result. */
export type ReadTask =
  | { readonly kind: "block"; readonly hash: Hash; readonly isFull: boolean }
  | { readonly kind: "receipts"; readonly hash: Hash }
  | { readonly kind: "receipt"; readonly blocks: readonly Hash[]; readonly transaction: Hash }
  | LogsTask
  | FeesTask;

/** From `newest` down to number `from`, along selected parents. */
interface BlockRange {
  readonly newest: Hash;
  readonly newestNumber: number;
  readonly from: number;
}

export interface LogsTask extends BlockRange {
  readonly kind: "logs";
  readonly match: LogMatch;
}

export interface FeesTask extends BlockRange {
  readonly kind: "fees";
  readonly percentiles: readonly number[];
  readonly baseFeeAfter: bigint;
}

export type ReadLimits = Pick<RpcLimits, "responseBytesMax" | "logsResultsMax">;

export interface PlannedAnswer {
  readonly kind: "answer";
  readonly answer: unknown;
}

export type PlannedRead = ReadTask | PlannedAnswer;
