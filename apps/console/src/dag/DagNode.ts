import type { DagBlock } from "../live/DagBlock.ts";

export interface DagNode {
  block: DagBlock;
  x: number;
  y: number;
  readonly bornAtMs: number;
  changedAtMs: number;
  isMoving: boolean;
  /** True if tiles contain the node. Otherwise every frame draws it. */
  isBaked: boolean;
  parents: readonly DagNode[];
  readonly children: Set<DagNode>;
}

export type Tint = "chain" | "blue" | "red" | "pending";

export function tintOf({ isChainBlock, color }: DagBlock): Tint {
  if (isChainBlock) return "chain";
  return color ?? "pending";
}
