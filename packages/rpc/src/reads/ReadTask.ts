import type { Hash } from "@trellis/protocol";
import type { LogMatch } from "../decoding/logCriteria.ts";
import type { RpcLimits } from "../options.ts";

/**
 * A read whose cost grows with a block or a range, as structured clone can carry it. It names blocks by hash, so that
 * it gives the same whatever happens to the chain meanwhile.
 */
export type ReadTask =
  /** A chain block with its transactions in full, or by their hashes. */
  | { readonly kind: "block"; readonly hash: Hash; readonly isFull: boolean }
  /** All receipts of a block. */
  | { readonly kind: "receipts"; readonly hash: Hash }
  /** The receipt of a transaction that one of the blocks accepted, or none. */
  | { readonly kind: "receipt"; readonly blocks: readonly Hash[]; readonly transaction: Hash }
  | LogsTask
  | FeesTask;

/** Blocks from the newest down to a number, by parents. */
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
  /** Of the block after the newest. wei per gas */
  readonly baseFeeAfter: bigint;
}

export type ReadLimits = Pick<RpcLimits, "responseBytesMax" | "logsResultsMax">;

/** What a method makes of its arguments: a read, or its answer where there is nothing to read. */
export type PlannedRead = ReadTask | { readonly kind: "answer"; readonly answer: unknown };
