import { bytesToHex } from "@trellis/base";
import {
  type ChainBlock,
  type ChainView,
  countLogs,
  decodeTransaction,
  encodeDelivery,
  entryAt,
  entryCount,
  type Hash,
  impersonatedSender,
  type PoolView,
} from "@trellis/protocol";
import { blockNumberOrTag } from "../../decoding/blockParameter.ts";
import { bytes, hash, index } from "../../decoding/hex.ts";
import { encodeReceipt } from "../../encoding/receipt.ts";
import { encodeAcceptedTransaction, encodePendingTransaction } from "../../encoding/transaction.ts";
import { rpcErrors } from "../../errors.ts";
import type { RpcNode } from "../../RpcNode.ts";
import type { PlannedRead } from "../../reading/ReadTask.ts";
import { findKeptBlock } from "../../reading/resolveBlock.ts";
import { isQuickAt, isQuickToRead } from "../../reads/isLight.ts";
import type { Session } from "../../Session.ts";
import { defineMethod, defineRead, defineScan, required, WEIGHTS } from "../Method.ts";

/** Encoding these takes 1 ms. */
const LOGS_AT_ONCE_MAX = 200;

export const transactionMethods = [
  defineMethod({
    name: "eth_sendRawTransaction",
    summary: "Submits a signed transaction and returns its hash.",
    params: [required("transaction", bytes)],
    isConcurrent: true,
    handle: (node, [encoded], session) => submitRaw(node, encoded, session),
  }),
  defineRead({
    name: "eth_getTransactionReceipt",
    summary: "Returns the receipt of an accepted transaction; null before acceptance.",
    weight: WEIGHTS.read,
    params: [required("transactionHash", hash)],
    plan: ({ chain }, [transactionHash]) => planReceipt(chain, transactionHash),
  }),
  defineScan({
    name: "eth_getTransactionByHash",
    summary: "Returns a transaction that is accepted on the selected chain or pending in the mempool.",
    weight: WEIGHTS.read,
    params: [required("transactionHash", hash)],
    isQuick: isQuickToFind,
    handle({ chain, pool }, [transactionHash]) {
      const place = chain.locate(transactionHash);
      if (place !== undefined) return encodeAcceptedTransaction(place.block, place.index);
      const pooled = pool.get(transactionHash);
      return pooled === undefined ? null : encodePendingTransaction(pooled);
    },
  }),
  defineScan({
    name: "eth_getTransactionByBlockNumberAndIndex",
    summary: "Returns a transaction by block number and index on the selected chain.",
    weight: WEIGHTS.read,
    isQuick: ([at], { chain }) => isQuickAt(chain, at),
    params: [required("block", blockNumberOrTag), required("index", index)],
    handle: ({ chain }, [at, position]) => transactionAt(findKeptBlock(chain, at), position),
  }),
  defineScan({
    name: "eth_getTransactionByBlockHashAndIndex",
    summary: "Returns a transaction by block hash and index.",
    weight: WEIGHTS.read,
    isQuick: ([blockHash], { chain }) => isQuickToRead(chain, blockHash),
    params: [required("blockHash", hash), required("index", index)],
    handle: ({ chain }, [blockHash, position]) => transactionAt(chain.blockByHash(blockHash), position),
  }),
  defineScan({
    name: "eth_getRawTransactionByHash",
    summary: "Returns the encoding of a transaction (EIP-2718); 0x if unknown.",
    weight: WEIGHTS.read,
    params: [required("transactionHash", hash)],
    isQuick: isQuickToFind,
    handle: ({ chain, pool }, [transactionHash]) => bytesToHex(findEncoded(chain, pool, transactionHash)),
  }),
];

export async function submitRaw(
  node: Pick<RpcNode, "chain" | "impersonation" | "intake" | "isOwn" | "signatures">,
  encoded: Uint8Array,
  session: Session,
): Promise<Hash> {
  const { intake, isOwn, signatures } = node;
  signatures.check(session);
  try {
    refuseImpersonation(node, encoded);
    return await intake.submit(encoded, { isLocal: isOwn(session), isAcknowledged: true });
  } catch (error) {
    signatures.refused(session, error);
    throw error;
  }
}

/** [DEV-5] */
function refuseImpersonation(
  { chain, impersonation }: Pick<RpcNode, "chain" | "impersonation">,
  encoded: Uint8Array,
): void {
  if (chain.parameters.isControlled !== true) return;
  const sender = impersonatedSender(decodeTransaction(encoded, chain.parameters));
  if (sender !== undefined && !impersonation.includes(sender))
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: `account ${sender} is not impersonated` });
}

export function planReceipt(chain: ChainView, transactionHash: Hash): PlannedRead {
  const blocks = chain.executorsOf(transactionHash);
  const task = { kind: "receipt", blocks, transaction: transactionHash } as const;
  if (!blocks.every((block) => isQuickToRead(chain, block))) return task;
  const place = chain.locate(transactionHash, blocks);
  if (place === undefined) return { kind: "answer", answer: null };
  const { block, index } = place;
  if (countLogs(entryAt(block, index)!.receipt) > LOGS_AT_ONCE_MAX) return task;
  return { kind: "answer", answer: encodeReceipt(block, index) };
}

export function isQuickToFind([transaction]: readonly [Hash], { chain }: Pick<RpcNode, "chain">): boolean {
  return chain.executorsOf(transaction).every((block) => isQuickToRead(chain, block));
}

function transactionAt(block: ChainBlock | undefined, position: number): object | null {
  if (block === undefined || position >= entryCount(block)) return null;
  return encodeAcceptedTransaction(block, position);
}

/** Empty if unknown. */
export function findEncoded(chain: ChainView, pool: PoolView, wanted: Hash): Uint8Array {
  const place = chain.locate(wanted);
  const entry = place === undefined ? pool.get(wanted) : entryAt(place.block, place.index);
  if (entry === undefined) return new Uint8Array(0);
  return "message" in entry ? encodeDelivery(entry.message) : entry.transaction.encoded;
}
