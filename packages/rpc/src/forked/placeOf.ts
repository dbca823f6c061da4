import { genesisNumber, type Hash } from "@trellis/protocol";
import type { BlockNumberOrTag, BlockParameter } from "../decoding/blockParameter.ts";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import type { TraceFilter } from "../decoding/traceFilter.ts";
import type { RpcNode } from "../RpcNode.ts";

/** Index of the block parameter. */
const AT_BLOCK: ReadonlyMap<string, number> = new Map([
  ["eth_getBlockByNumber", 0],
  ["eth_getBlockReceipts", 0],
  ["eth_getBlockTransactionCountByNumber", 0],
  ["eth_getTransactionByBlockNumberAndIndex", 0],
  ["eth_getUncleCountByBlockNumber", 0],
  ["eth_getUncleByBlockNumberAndIndex", 0],
  ["eth_getBalance", 1],
  ["eth_getCode", 1],
  ["eth_getTransactionCount", 1],
  ["eth_getStorageAt", 2],
  ["eth_getProof", 2],
  ["eth_getStorageValues", 1],
  ["eth_call", 1],
  ["eth_simulateV1", 1],
  ["eth_estimateGas", 1],
  ["eth_createAccessList", 1],
  ["debug_traceBlockByNumber", 0],
  ["debug_traceCall", 1],
  ["debug_traceCallMany", 1],
  ["debug_storageRangeAt", 0],
  ["debug_getRawBlock", 0],
  ["debug_getRawHeader", 0],
  ["debug_getRawReceipts", 0],
  ["trace_block", 0],
  ["trace_replayBlockTransactions", 0],
  ["trace_call", 2],
  ["trace_rawTransaction", 2],
  ["trace_callMany", 1],
]);

/** With a block's hash as first parameter. */
const OF_BLOCK: ReadonlySet<string> = new Set([
  "eth_getBlockByHash",
  "eth_getBlockTransactionCountByHash",
  "eth_getTransactionByBlockHashAndIndex",
  "eth_getUncleCountByBlockHash",
  "eth_getUncleByBlockHashAndIndex",
  "debug_traceBlockByHash",
]);

/** With a transaction's hash as first parameter. */
const OF_TRANSACTION: ReadonlySet<string> = new Set([
  "eth_getTransactionByHash",
  "eth_getTransactionReceipt",
  "eth_getRawTransactionByHash",
  "debug_getRawTransaction",
  "debug_traceTransaction",
  "trace_transaction",
  "trace_get",
  "trace_replayTransaction",
]);

type ForkedNode = Pick<RpcNode, "chain" | "pool">;

type Place = "here" | "forked" | "both";

/** Blocks below the devnet's genesis are the forked chain's. [DEV-8] */
export function placeOf(node: ForkedNode, method: string, args: readonly unknown[]): Place {
  if (method === "eth_getLogs") return placeOfLogs(node, args[0] as LogCriteria);
  if (method === "trace_filter") return placeOfRange(node, args[0] as TraceFilter);
  const index = AT_BLOCK.get(method);
  if (index !== undefined)
    return isBelow(node, args[index] as BlockParameter | undefined) ? "forked" : "here";
  if (OF_BLOCK.has(method)) return isUnknown(node, args[0] as Hash) ? "forked" : "here";
  if (!OF_TRANSACTION.has(method)) return "here";
  const hash = args[0] as Hash;
  const isHere = node.chain.executorsOf(hash).length > 0 || node.pool.get(hash) !== undefined;
  return isHere ? "here" : "forked";
}

function isBelow({ chain }: Pick<ForkedNode, "chain">, at: BlockParameter | undefined): boolean {
  if (typeof at === "object") return isUnknown({ chain }, at.blockHash);
  return numberBelow(at) < genesisNumber(chain.parameters);
}

function isUnknown({ chain }: Pick<ForkedNode, "chain">, blockHash: Hash): boolean {
  return chain.chainHeader(blockHash) === undefined;
}

/** Tags of newer blocks are never below. */
function numberBelow(at: BlockNumberOrTag | undefined): number {
  if (at === "earliest") return 0;
  return typeof at === "number" ? at : Number.POSITIVE_INFINITY;
}

function placeOfLogs(node: ForkedNode, criteria: LogCriteria): Place {
  const { blockHash, toBlock } = criteria;
  if (blockHash !== undefined) return isUnknown(node, blockHash) ? "forked" : "here";
  return toBlock === "pending" ? "here" : placeOfRange(node, criteria);
}

function placeOfRange(
  { chain }: ForkedNode,
  { fromBlock, toBlock }: Pick<LogCriteria, "fromBlock" | "toBlock">,
): Place {
  const first = genesisNumber(chain.parameters);
  if (numberBelow(fromBlock) >= first) return "here";
  return numberBelow(toBlock) < first ? "forked" : "both";
}
