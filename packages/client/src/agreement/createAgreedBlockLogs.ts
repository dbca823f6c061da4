import type { BlockLogs } from "../evm/createRpcBlockLogs.ts";
import { agreedValue, checkQuorum, type NamedNode } from "./agree.ts";
import { printAnswer } from "./printAnswer.ts";

export interface NamedBlockLogs extends NamedNode {
  readonly blockLogs: BlockLogs;
}

/** @throws QUORUM_INVALID */
export function createAgreedBlockLogs(nodes: readonly NamedBlockLogs[], quorum: number): BlockLogs {
  checkQuorum(nodes, quorum);
  return (block) =>
    agreedValue(
      nodes,
      quorum,
      `logs of block ${block.hash}`,
      ({ blockLogs }) => blockLogs(block),
      printAnswer,
    );
}
