import type { DagBlock } from "./DagBlock.ts";

/** A block as it is drawn: where it is on its way to its place, in columns and rows. */
export interface DagNode {
  block: DagBlock;
  x: number;
  y: number;
  readonly bornAtMs: number;
  /** When it last moved or took another colour. */
  changedAtMs: number;
  isMoving: boolean;
  /** Whether the tiles have it; else it is drawn in each frame. */
  isBaked: boolean;
  /** Those that are known, the selected parent first. */
  parents: readonly DagNode[];
  readonly children: Set<DagNode>;
}

export type Tint = "chain" | "blue" | "red" | "pending";

/** The colour of a block, by what the selected chain says of it. */
export function tintOf({ isChainBlock, color }: DagBlock): Tint {
  if (isChainBlock) return "chain";
  return color ?? "pending";
}
