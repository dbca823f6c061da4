import type { Hash, NetworkParameters } from "@trellis/protocol";
import type { Dag } from "../../consensus/index.ts";
import { pastMargin } from "../../consensus/rules/pastDepths.ts";

/** The DAG above the root implies the GHOSTDAG data of a block with this selected parent. [STORE-PRUNE-3] */
export function isDetermined(
  dag: Dag,
  parameters: NetworkParameters,
  root: Hash,
  selectedParent: Hash,
): boolean {
  return (
    isAboveRoot(dag, root, selectedParent) &&
    dag.blueScore(selectedParent) >= dag.blueScore(root) + pastMargin(parameters)
  );
}

export function isAboveRoot(dag: Dag, root: Hash, block: Hash): boolean {
  return dag.has(root) && dag.has(block) && dag.isChainAncestor(root, block);
}
