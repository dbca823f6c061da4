import type { DagBlock } from "../live/DagBlock.ts";

/** `x` and `y` are animated, in columns and rows. */
export interface DagNode {
  block: DagBlock;
  x: number;
  y: number;
  readonly bornAtMs: number;
  changedAtMs: number;
  isMoving: boolean;
  /** Drawn on tiles, not in every frame. */
  isBaked: boolean;
  /** Known parents, the selected parent first. */
  parents: readonly DagNode[];
  readonly children: Set<DagNode>;
}

export type Tint = "chain" | "blue" | "red" | "pending";

export function tintOf({ isChainBlock, color }: DagBlock): Tint {
  if (isChainBlock) return "chain";
  return color ?? "pending";
}
