import { quantityToHex } from "@trellis/base";
import type { Address, PooledTransaction, PoolView } from "@trellis/protocol";
import { address } from "../../decoding/hex.ts";
import { checksumAddress } from "../../encoding/checksumAddress.ts";
import { encodePendingTransaction } from "../../encoding/transaction.ts";
import { rpcErrors } from "../../errors.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { defineMethod, required, WEIGHTS } from "../Method.ts";

/** JSON takes so many characters for each byte of an encoded transaction, at least. */
const JSON_PER_BYTE = 3;

export const txpoolMethods = [
  defineMethod({
    name: "txpool_status",
    summary: "How many transactions are executable and how many wait behind a nonce gap.",
    handle({ pool }) {
      const { pending, queued } = pool.status();
      return { pending: quantityToHex(pending), queued: quantityToHex(queued) };
    },
  }),
  defineMethod({
    name: "txpool_content",
    summary: "All transactions of the pool by sender and nonce.",
    weight: WEIGHTS.execute,
    handle: (node) => wholePool(node, encodePendingTransaction),
  }),
  defineMethod({
    name: "txpool_contentFrom",
    summary: "A sender's transactions in the pool by nonce.",
    params: [required("address", address)],
    weight: WEIGHTS.scan,
    handle({ pool }, [sender]) {
      const { pending, queued } = pool.contentFrom(sender);
      return {
        pending: byNonce(pending, encodePendingTransaction),
        queued: byNonce(queued, encodePendingTransaction),
      };
    },
  }),
  defineMethod({
    name: "txpool_inspect",
    summary: "All transactions of the pool in one line each.",
    weight: WEIGHTS.execute,
    handle: (node) => wholePool(node, describeTransaction),
  }),
];

type Show = (pooled: PooledTransaction) => unknown;

/** @throws RPC_RESPONSE_TOO_LARGE before it is built */
function wholePool({ pool, limits }: Pick<RpcNode, "pool" | "limits">, show: Show): object {
  const sizeMin = pool.status().bytes * JSON_PER_BYTE;
  if (sizeMin > limits.responseBytesMax) {
    throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ sizeMin, responseBytesMax: limits.responseBytesMax });
  }
  const { pending, queued } = pool.content();
  return { pending: bySender(pending, show), queued: bySender(queued, show) };
}

function bySender(content: ReturnType<PoolView["content"]>["pending"], show: Show): object {
  return Object.fromEntries(
    [...content].map(([sender, transactions]: [Address, readonly PooledTransaction[]]) => [
      checksumAddress(sender),
      byNonce(transactions, show),
    ]),
  );
}

function byNonce(transactions: readonly PooledTransaction[], show: Show): object {
  return Object.fromEntries(transactions.map((pooled) => [`${pooled.transaction.nonce}`, show(pooled)]));
}

/** As geth writes it. */
function describeTransaction({ transaction }: PooledTransaction): string {
  const { to, value, gasLimit, maxFeePerGas } = transaction;
  const target = to === null ? "contract creation" : checksumAddress(to);
  return `${target}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`;
}
