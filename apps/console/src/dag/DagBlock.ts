import type { Hex } from "viem";

/** A block as `trellis_getDag` tells it, in numbers. */
export interface DagBlock {
  readonly hash: Hex;
  /** The selected parent first. */
  readonly parents: readonly Hex[];
  readonly blueScore: number;
  readonly number: number;
  readonly timestampMs: number;
  /** Index of the proof-of-work stream. */
  readonly stream: number;
  readonly miner: Hex;
  readonly transactionCount: number;
  /** As the selected chain sees it; undefined while no chain block merged it. */
  readonly color: "blue" | "red" | undefined;
  readonly isChainBlock: boolean;
}

/** What the node sends. */
export interface DagBlockJson {
  readonly hash: Hex;
  readonly parents: readonly Hex[];
  readonly blueScore: Hex;
  readonly number: Hex;
  readonly timestampMs: Hex;
  readonly stream: number;
  readonly miner: Hex;
  readonly color?: "blue" | "red" | null;
  readonly isChainBlock?: boolean;
  readonly transactions?: readonly Hex[];
}

/** A header alone, as a subscription tells it, has no colour yet. */
export function readDagBlock(json: DagBlockJson): DagBlock {
  return {
    hash: json.hash,
    parents: json.parents,
    blueScore: Number(json.blueScore),
    number: Number(json.number),
    timestampMs: Number(json.timestampMs),
    stream: json.stream,
    miner: json.miner,
    transactionCount: json.transactions?.length ?? 0,
    color: json.color ?? undefined,
    isChainBlock: json.isChainBlock ?? false,
  };
}
