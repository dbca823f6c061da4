import { quantityToHex } from "@trellis/base";
import {
  type Awaitable,
  EncodedJson,
  genesisNumber,
  type Hash,
  type Json,
  jsonText,
} from "@trellis/protocol";
import type { BlockNumberOrTag, BlockParameter } from "../decoding/blockParameter.ts";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import { rpcErrors } from "../errors.ts";
import type { ForkedChain } from "../ports.ts";
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
  ["eth_call", 1],
  ["eth_estimateGas", 1],
  ["eth_createAccessList", 1],
  ["debug_traceBlockByNumber", 0],
  ["debug_traceCall", 1],
  ["trace_block", 0],
  ["trace_call", 2],
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
  "debug_traceTransaction",
  "trace_transaction",
]);

type ForkedNode = Pick<RpcNode, "chain" | "pool">;

interface BothRanges {
  readonly criteria: LogCriteria;
  /** First block of the devnet. */
  readonly first: number;
}

type Place = "here" | "forked" | BothRanges;

/** Blocks below the devnet's genesis are the forked chain's. [DEV-8] */
export function placeOf(node: ForkedNode, method: string, args: readonly unknown[]): Place {
  if (method === "eth_getLogs") return placeOfLogs(node, args[0] as LogCriteria);
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

function placeOfLogs(node: ForkedNode, { blockHash, ...criteria }: LogCriteria): Place {
  const { fromBlock, toBlock } = criteria;
  const first = genesisNumber(node.chain.parameters);
  if (blockHash !== undefined) return isUnknown(node, blockHash) ? "forked" : "here";
  if (numberBelow(fromBlock) >= first || toBlock === "pending") return "here";
  return numberBelow(toBlock) < first ? "forked" : { criteria: { blockHash, ...criteria }, first };
}

export async function logsOfBoth(
  { criteria, first, filter }: BothRanges & { readonly filter: object },
  forked: Pick<ForkedChain, "request">,
  readHere: (args: readonly unknown[]) => Awaitable<unknown>,
): Promise<EncodedJson> {
  const below = await forked.request("eth_getLogs", [{ ...filter, toBlock: quantityToHex(first - 1) }]);
  if (!Array.isArray(below))
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "the forked chain's node returns no list of logs" });
  const here = await readHere([{ ...criteria, fromBlock: first }]);
  const lists = [below as Json[], here as EncodedJson | Json[]].map((list) => jsonText(list).slice(1, -1));
  return new EncodedJson(`[${lists.filter((list) => list !== "").join(",")}]`);
}
