import type { ChainBlock, ChainHeader, ChainView, Hash } from "@trellis/protocol";
import type { BlockNumberOrTag, BlockParameter } from "../decoding/blockParameter.ts";
import { rpcErrors } from "../errors.ts";

/** `pending` returns the head: a future block has no hash. [RPC-6] */
function findBlock(chain: ChainView, at: BlockParameter): ChainBlock | undefined {
  if (typeof at === "object") return chain.blockByHash(at.blockHash);
  switch (at) {
    case "latest":
    case "pending":
      return chain.head();
    case "safe":
      return chain.safe();
    case "finalized":
      return chain.finalized();
    case "earliest":
      return chain.blockByNumber(chain.oldestNumber());
    default:
      return chain.blockByNumber(at);
  }
}

/** [RPC-7] @throws RPC_HISTORY_PRUNED, RPC_NOT_CANONICAL */
export function findKeptBlock(chain: ChainView, at: BlockParameter): ChainBlock | undefined {
  return ifKept(chain, at, findBlock(chain, at));
}

/** Reads no body. @throws RPC_HISTORY_PRUNED, RPC_NOT_CANONICAL */
export function findKeptHeader(chain: ChainView, at: BlockParameter): ChainHeader | undefined {
  const hash = hashOf(chain, at);
  return ifKept(chain, at, hash === undefined ? undefined : chain.chainHeader(hash));
}

export function hashOf(chain: ChainView, at: BlockParameter): Hash | undefined {
  if (typeof at === "object") return at.blockHash;
  if (typeof at === "number") return chain.hashByNumber(at);
  return at === "earliest" ? chain.hashByNumber(chain.oldestNumber()) : findBlock(chain, at)?.hash;
}

function ifKept<T extends ChainHeader>(
  chain: ChainView,
  at: BlockParameter,
  found: T | undefined,
): T | undefined {
  if (found === undefined && typeof at === "number" && at < chain.oldestNumber()) {
    throw rpcErrors.RPC_HISTORY_PRUNED({ number: at, oldestNumber: chain.oldestNumber() });
  }
  if (
    found !== undefined &&
    typeof at === "object" &&
    at.requireCanonical &&
    !chain.isOnSelectedChain(found.hash)
  ) {
    throw rpcErrors.RPC_NOT_CANONICAL({ reason: "hash is not currently canonical", id: found.hash });
  }
  return found;
}

/** @throws RPC_NOT_FOUND, RPC_HISTORY_PRUNED, RPC_NOT_CANONICAL */
export function resolveBlock(chain: ChainView, at: BlockParameter, reason?: string): ChainBlock {
  return findKeptBlock(chain, at) ?? missing(chain, at, reason);
}

/** Reads no body. @throws RPC_NOT_FOUND, RPC_HISTORY_PRUNED, RPC_NOT_CANONICAL */
export function resolveHeader(chain: ChainView, at: BlockParameter, reason?: string): ChainHeader {
  return findKeptHeader(chain, at) ?? missing(chain, at, reason);
}

function missing(chain: ChainView, at: BlockParameter, reason: string | undefined): never {
  const otherwise = typeof at === "object" ? "header for hash not found" : "header not found";
  throw rpcErrors.RPC_NOT_FOUND({
    reason: reason ?? otherwise,
    id: typeof at === "object" ? at.blockHash : `${at}`,
    head: chain.head().header.number,
  });
}

export function numberOf(chain: ChainView, at: BlockNumberOrTag): number {
  if (typeof at === "number") return at;
  return at === "earliest" ? chain.oldestNumber() : findBlock(chain, at)!.header.number;
}
