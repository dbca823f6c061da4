import { quantityToHex } from "@trellis/base";
import type { Awaitable, ChainBlock } from "@trellis/protocol";
import { blockNumberOrTag, blockParameter } from "../../decoding/blockParameter.ts";
import { boolean } from "../../decoding/Decoder.ts";
import { hash, index } from "../../decoding/hex.ts";
import { encodeBlock } from "../../encoding/block.ts";
import type { Pacing } from "../../guards/ScanLane.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { findKeptBlock } from "../../reading/resolveBlock.ts";
import { writeFullBlock, writeReceipts } from "../../reading/writeBlock.ts";
import { defineMethod, defineScan, optional, required } from "../Method.ts";

/** The value for a block that is there, null for one that is not. */
function ifFound<T>(block: ChainBlock | undefined, read: (block: ChainBlock) => T): T | null {
  return block === undefined ? null : read(block);
}

const transactionCount = ({ transactions }: ChainBlock) => quantityToHex(transactions.length);
/** No chain block has uncles: the DAG merges what a chain would leave aside. */
const noUncles = () => "0x0";

const byNumber = required("block", blockNumberOrTag);
const byHash = required("blockHash", hash);

export const blockMethods = [
  defineScan({
    name: "eth_getBlockByNumber",
    summary: "The chain block of a number, with its transactions' hashes or in full.",
    params: [byNumber, optional("full", boolean, false)],
    isQuick: ([, isFull]) => !isFull,
    handle: (node, [at, isFull], pacing) => writeBlock(node, findKeptBlock(node.chain, at), isFull, pacing),
  }),
  defineScan({
    name: "eth_getBlockByHash",
    summary: "A chain block by its hash, also one that a reorganisation removed.",
    params: [byHash, optional("full", boolean, false)],
    isQuick: ([, isFull]) => !isFull,
    handle: (node, [blockHash, isFull], pacing) =>
      writeBlock(node, node.chain.blockByHash(blockHash), isFull, pacing),
  }),
  defineMethod({
    name: "eth_getBlockTransactionCountByNumber",
    summary: "How many transactions the chain block of a number accepted.",
    params: [byNumber],
    handle: ({ chain }, [at]) => ifFound(findKeptBlock(chain, at), transactionCount),
  }),
  defineMethod({
    name: "eth_getBlockTransactionCountByHash",
    summary: "How many transactions a chain block accepted.",
    params: [byHash],
    handle: ({ chain }, [blockHash]) => ifFound(chain.blockByHash(blockHash), transactionCount),
  }),
  defineScan({
    name: "eth_getBlockReceipts",
    summary: "All receipts of a chain block.",
    params: [required("block", blockParameter)],
    handle: ({ chain, limits }, [at], pacing) =>
      ifFound(findKeptBlock(chain, at), (block) => writeReceipts(limits, block, pacing)),
  }),
  defineMethod({
    name: "eth_getUncleCountByBlockNumber",
    summary: "Zero for every chain block.",
    params: [byNumber],
    handle: ({ chain }, [at]) => ifFound(findKeptBlock(chain, at), noUncles),
  }),
  defineMethod({
    name: "eth_getUncleCountByBlockHash",
    summary: "Zero for every chain block.",
    params: [byHash],
    handle: ({ chain }, [blockHash]) => ifFound(chain.blockByHash(blockHash), noUncles),
  }),
  defineMethod({
    name: "eth_getUncleByBlockNumberAndIndex",
    summary: "Always null: no chain block has uncles.",
    params: [byNumber, required("index", index)],
    handle: () => null,
  }),
  defineMethod({
    name: "eth_getUncleByBlockHashAndIndex",
    summary: "Always null: no chain block has uncles.",
    params: [byHash, required("index", index)],
    handle: () => null,
  }),
];

function writeBlock(
  { limits }: Pick<RpcNode, "limits">,
  block: ChainBlock | undefined,
  isFull: boolean,
  pacing: Pacing,
): Awaitable<object | null> {
  return ifFound(block, (found) => (isFull ? writeFullBlock(limits, found, pacing) : encodeBlock(found)));
}
