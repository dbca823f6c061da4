import { bytesToHex } from "@trellis/base";
import {
  type ChainBlock,
  type ChainView,
  countLogs,
  type Hash,
  type PoolView,
  type Transaction,
} from "@trellis/protocol";
import { blockNumberOrTag } from "../../decoding/blockParameter.ts";
import { bytes, hash, index } from "../../decoding/hex.ts";
import { encodeReceipt } from "../../encoding/receipt.ts";
import { encodeAcceptedTransaction, encodePendingTransaction } from "../../encoding/transaction.ts";
import { findKeptBlock } from "../../reading/resolveBlock.ts";
import { defineMethod, defineRead, required, WEIGHTS } from "../Method.ts";

/** Logs of a receipt that is answered at once: 1 ms. */
const LOGS_AT_ONCE_MAX = 200;

export const transactionMethods = [
  defineMethod({
    name: "eth_sendRawTransaction",
    summary: "Takes a signed transaction in and gives its hash.",
    params: [required("transaction", bytes)],
    isConcurrent: true,
    async handle({ intake, isOwn, signatures }, [encoded], session) {
      signatures.check(session);
      try {
        return await intake.submit(encoded, { isLocal: isOwn(session) });
      } catch (error) {
        signatures.refused(session, error);
        throw error;
      }
    },
  }),
  defineRead({
    name: "eth_getTransactionReceipt",
    summary: "The receipt of an accepted transaction, null before.",
    weight: WEIGHTS.read,
    params: [required("transactionHash", hash)],
    plan({ chain }, [transactionHash]) {
      const place = chain.locate(transactionHash);
      if (place === undefined) return { kind: "answer", answer: null };
      const { block, index } = place;
      if (countLogs(block.transactions[index]!.receipt) > LOGS_AT_ONCE_MAX) {
        return { kind: "receipt", hash: block.hash, index };
      }
      return { kind: "answer", answer: encodeReceipt(block, index) };
    },
  }),
  defineMethod({
    name: "eth_getTransactionByHash",
    summary: "A transaction that the selected chain accepted or that waits in the pool.",
    params: [required("transactionHash", hash)],
    handle({ chain, pool }, [transactionHash]) {
      const place = chain.locate(transactionHash);
      if (place !== undefined) return encodeAcceptedTransaction(place.block, place.index);
      const pooled = pool.get(transactionHash);
      return pooled === undefined ? null : encodePendingTransaction(pooled);
    },
  }),
  defineMethod({
    name: "eth_getTransactionByBlockNumberAndIndex",
    summary: "A transaction by its place on the selected chain.",
    params: [required("block", blockNumberOrTag), required("index", index)],
    handle: ({ chain }, [at, position]) => transactionAt(findKeptBlock(chain, at), position),
  }),
  defineMethod({
    name: "eth_getTransactionByBlockHashAndIndex",
    summary: "A transaction by its place in a chain block.",
    params: [required("blockHash", hash), required("index", index)],
    handle: ({ chain }, [blockHash, position]) => transactionAt(chain.blockByHash(blockHash), position),
  }),
  defineMethod({
    name: "eth_getRawTransactionByHash",
    summary: "The signed envelope of a transaction; 0x if there is none.",
    params: [required("transactionHash", hash)],
    handle({ chain, pool }, [transactionHash]) {
      const transaction = findTransaction(chain, pool, transactionHash);
      return transaction === undefined ? "0x" : bytesToHex(transaction.encoded);
    },
  }),
];

function transactionAt(block: ChainBlock | undefined, position: number): object | null {
  if (block === undefined || position >= block.transactions.length) return null;
  return encodeAcceptedTransaction(block, position);
}

/** Accepted or waiting. */
export function findTransaction(chain: ChainView, pool: PoolView, wanted: Hash): Transaction | undefined {
  const place = chain.locate(wanted);
  return place?.block.transactions[place.index]?.transaction ?? pool.get(wanted)?.transaction;
}
