import { quantityToHex } from "@trellis/base";
import { type ChainBlock, type ChainHeader, type ChainView, entryCount } from "@trellis/protocol";
import { blockNumberOrTag, blockParameter } from "../../decoding/blockParameter.ts";
import { boolean } from "../../decoding/Decoder.ts";
import { hash, index } from "../../decoding/hex.ts";
import { encodeBlock } from "../../encoding/block.ts";
import type { PlannedRead } from "../../reading/ReadTask.ts";
import { findKeptBlock, findKeptHeader } from "../../reading/resolveBlock.ts";
import { isQuickAt, isQuickToRead } from "../../reads/isLight.ts";
import { defineMethod, defineRead, defineScan, optional, required, WEIGHTS } from "../Method.ts";

function ifFound<B extends ChainHeader, T>(block: B | undefined, read: (block: B) => T): T | null {
  return block === undefined ? null : read(block);
}

const transactionCount = (block: ChainBlock) => quantityToHex(entryCount(block));
/** The DAG merges parallel blocks, so there are no uncles. */
const noUncles = () => "0x0";

const byNumber = required("block", blockNumberOrTag);
const byHash = required("blockHash", hash);

export const blockMethods = [
  defineRead({
    name: "eth_getBlockByNumber",
    summary: "Returns a chain block by number, with transaction hashes or full transactions.",
    params: [byNumber, optional("full", boolean, false)],
    plan: ({ chain }, [at, isFull]) => planBlock(chain, findKeptHeader(chain, at), isFull),
  }),
  defineRead({
    name: "eth_getBlockByHash",
    summary: "Returns a chain block by hash, also one that a reorganisation removed.",
    params: [byHash, optional("full", boolean, false)],
    plan: ({ chain }, [blockHash, isFull]) => planBlock(chain, chain.chainHeader(blockHash), isFull),
  }),
  defineScan({
    name: "eth_getBlockTransactionCountByNumber",
    summary: "Returns the number of accepted transactions of a chain block by number.",
    weight: WEIGHTS.read,
    params: [byNumber],
    isQuick: ([at], { chain }) => isQuickAt(chain, at),
    handle: ({ chain }, [at]) => ifFound(findKeptBlock(chain, at), transactionCount),
  }),
  defineScan({
    name: "eth_getBlockTransactionCountByHash",
    summary: "Returns the number of accepted transactions of a chain block by hash.",
    weight: WEIGHTS.read,
    params: [byHash],
    isQuick: ([blockHash], { chain }) => isQuickToRead(chain, blockHash),
    handle: ({ chain }, [blockHash]) => ifFound(chain.blockByHash(blockHash), transactionCount),
  }),
  defineRead({
    name: "eth_getBlockReceipts",
    summary: "Returns all receipts of a chain block.",
    params: [required("block", blockParameter)],
    plan({ chain }, [at]) {
      const found = findKeptHeader(chain, at);
      return found === undefined ? NOTHING : { kind: "receipts", hash: found.hash };
    },
  }),
  defineMethod({
    name: "eth_getUncleCountByBlockNumber",
    summary: "Returns zero: chain blocks have no uncles.",
    params: [byNumber],
    handle: ({ chain }, [at]) => ifFound(findKeptHeader(chain, at), noUncles),
  }),
  defineMethod({
    name: "eth_getUncleCountByBlockHash",
    summary: "Returns zero: chain blocks have no uncles.",
    params: [byHash],
    handle: ({ chain }, [blockHash]) => ifFound(chain.chainHeader(blockHash), noUncles),
  }),
  defineMethod({
    name: "eth_getUncleByBlockNumberAndIndex",
    summary: "Returns null: chain blocks have no uncles.",
    params: [byNumber, required("index", index)],
    handle: () => null,
  }),
  defineMethod({
    name: "eth_getUncleByBlockHashAndIndex",
    summary: "Returns null: chain blocks have no uncles.",
    params: [byHash, required("index", index)],
    handle: () => null,
  }),
];

const NOTHING: PlannedRead = { kind: "answer", answer: null };

/** The head is requested most and already decoded. */
function planBlock(chain: ChainView, found: ChainHeader | undefined, isFull: boolean): PlannedRead {
  if (found === undefined) return NOTHING;
  const head = chain.head();
  const isAtHand = !isFull && found.hash === head.hash;
  return isAtHand
    ? { kind: "answer", answer: encodeBlock(head) }
    : { kind: "block", hash: found.hash, isFull };
}
