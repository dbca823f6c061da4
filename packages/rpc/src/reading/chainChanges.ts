import type { ChainBlock, ChainView, Hash } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";

/** A chain block that a client has seen as the newest. It may have left the selected chain since. */
export interface ChainPosition {
  readonly number: number;
  readonly hash: Hash;
}

interface ChainChanges {
  /** Left the selected chain since; newest first. */
  readonly removed: readonly ChainBlock[];
  /** Joined it since; oldest first. */
  readonly added: readonly ChainBlock[];
  /** Where the client stands after these. */
  readonly position: ChainPosition;
}

export function positionOf({ hash, header }: ChainBlock): ChainPosition {
  return { number: header.number, hash };
}

/** Where a client stands that has seen a block leave. */
export function positionUnder({ header }: ChainBlock): ChainPosition {
  return { number: header.number - 1, hash: header.parents[0]! };
}

/**
 * What leads from a position to the head: nothing has to be remembered for a client but the position. At most `countMax`
 * blocks, removed and added together; the next call goes on from there. [RPC-12]
 * @throws RPC_CURSOR_UNKNOWN if the chain does not know the position, or has thrown away what follows it
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
    // Of a block whose state was taken over the header is known, and not what it accepted: it is none without transactions.
    const block = number < oldestNumber ? undefined : chain.blockByNumber(number);
    if (block === undefined) throw rpcErrors.RPC_CURSOR_UNKNOWN({ number, oldestNumber });
    added.push(block);
  }
  return { removed, added, position: positionOf(added.at(-1) ?? at) };
}

function known(chain: ChainView, hash: Hash): ChainBlock {
  const block = chain.blockByHash(hash);
  if (block === undefined) throw rpcErrors.RPC_CURSOR_UNKNOWN({ hash });
  return block;
}
