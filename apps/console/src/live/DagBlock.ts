import type { Hex } from "viem";

export interface DagBlock {
  readonly hash: Hex;
  /** The selected parent is first. */
  readonly parents: readonly Hex[];
  readonly blueScore: number;
  readonly number: number;
  readonly timestampMs: number;
  readonly stream: number;
  readonly miner: Hex;
  readonly transactionCount: number;
  /** Undefined until a chain block merges the block. */
  readonly color: "blue" | "red" | undefined;
  readonly isChainBlock: boolean;
}

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
