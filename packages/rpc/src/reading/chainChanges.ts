import type { ChainBlock, ChainView, Hash } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";

/** Newest block that a client has received. It may have left the selected chain. */
export interface ChainPosition {
  readonly number: number;
  readonly hash: Hash;
}

interface ChainChanges {
  /** Newest first. */
  readonly removed: readonly ChainBlock[];
  /** Oldest first. */
  readonly added: readonly ChainBlock[];
  readonly position: ChainPosition;
}

export function positionOf({ hash, header }: ChainBlock): ChainPosition {
  return { number: header.number, hash };
}

export function positionUnder({ header }: ChainBlock): ChainPosition {
  return { number: header.number - 1, hash: header.parents[0]! };
}

/**
 * The next call continues after `countMax` blocks. [RPC-12]
 * @throws RPC_CURSOR_UNKNOWN if the position is unknown, or its successors are pruned
 */
export function chainChanges(chain: ChainView, since: ChainPosition, countMax: number): ChainChanges {
  const removed: ChainBlock[] = [];
  let at = known(chain, since.hash);
  while (!chain.isOnSelectedChain(at.hash)) {
    removed.push(at);
    if (removed.length === countMax) return { removed, added: [], position: positionUnder(at) };
    at = known(chain, positionUnder(at).hash);
  }
  const added: ChainBlock[] = [];
  const oldestNumber = chain.oldestNumber();
  const last = Math.min(chain.head().header.number, at.header.number + countMax - removed.length);
  for (let number = at.header.number + 1; number <= last; number++) {
    // After state sync, older blocks have only headers.
    const block = number < oldestNumber ? undefined : chain.blockByNumber(number);
    if (block === undefined) throw rpcErrors.RPC_CURSOR_UNKNOWN({ number, oldestNumber });
    added.push(block);
  }
  return { removed, added, position: positionOf(added.at(-1) ?? at) };
}

function known(chain: ChainView, hash: Hash): ChainBlock {
  const block = chain.blockByHash(hash) ?? chain.removedBlock(hash);
  if (block === undefined) throw rpcErrors.RPC_CURSOR_UNKNOWN({ hash });
  return block;
}
