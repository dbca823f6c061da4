import { quantityToHex } from "@trellis/base";
import { EncodedJson, type PooledTransaction, type PoolView } from "@trellis/protocol";
import { address } from "../../decoding/hex.ts";
import { checksumAddress } from "../../encoding/checksumAddress.ts";
import { encodePendingTransaction } from "../../encoding/transaction.ts";
import { rpcErrors } from "../../errors.ts";
import type { Pacing } from "../../guards/ScanLane.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { defineMethod, defineScan, required, WEIGHTS } from "../Method.ts";

/** A way to show a transaction. */
interface View {
  show(pooled: PooledTransaction): unknown;
  /** Characters that it takes at least, without being made. */
  sizeMin(pooled: PooledTransaction): number;
}

/** In full: as small as a contract creation of type 0, and two characters for each byte of data. */
const CONTENT: View = {
  show: encodePendingTransaction,
  sizeMin: ({ transaction }) => 450 + 2 * transaction.data.length,
};

const INSPECTION: View = { show: describeTransaction, sizeMin: () => 50 };

export const txpoolMethods = [
  defineMethod({
    name: "txpool_status",
    summary: "How many transactions are executable and how many wait behind a nonce gap.",
    handle({ pool }) {
      const { pending, queued } = pool.status();
      return { pending: quantityToHex(pending), queued: quantityToHex(queued) };
    },
  }),
  defineScan({
    name: "txpool_content",
    summary: "All transactions of the pool by sender and nonce.",
    weight: WEIGHTS.execute,
    handle: (node, _, pacing) => writePool(node, CONTENT, pacing),
  }),
  defineScan({
    name: "txpool_contentFrom",
    summary: "A sender's transactions in the pool by nonce.",
    params: [required("address", address)],
    handle({ pool }, [sender]) {
      const { pending, queued } = pool.contentFrom(sender);
      return {
        pending: byNonce(pending, CONTENT),
        queued: byNonce(queued, CONTENT),
      };
    },
  }),
  defineScan({
    name: "txpool_inspect",
    summary: "All transactions of the pool in one line each.",
    weight: WEIGHTS.execute,
    handle: (node, _, pacing) => writePool(node, INSPECTION, pacing),
  }),
];

type Senders = ReturnType<PoolView["content"]>["pending"];

/** @throws RPC_RESPONSE_TOO_LARGE before anything is written out; RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT */
async function writePool(
  { pool, limits }: Pick<RpcNode, "pool" | "limits">,
  view: View,
  pacing: Pacing,
): Promise<EncodedJson> {
  const { responseBytesMax } = limits;
  const { pending, queued } = pool.content();
  let sizeMin = 0;
  for (const transactions of [...pending.values(), ...queued.values()]) {
    for (const pooled of transactions) sizeMin += view.sizeMin(pooled);
    if (pacing.isDue) await pacing.pause();
  }
  if (sizeMin > responseBytesMax) throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ sizeMin, responseBytesMax });
  const texts = [await writeSenders(pending, view, pacing), await writeSenders(queued, view, pacing)];
  return new EncodedJson(`{"pending":${texts[0]},"queued":${texts[1]}}`);
}

async function writeSenders(content: Senders, view: View, pacing: Pacing): Promise<string> {
  const fields: string[] = [];
  for (const [sender, transactions] of content) {
    fields.push(`"${checksumAddress(sender)}":${JSON.stringify(byNonce(transactions, view))}`);
    if (pacing.isDue) await pacing.pause();
  }
  return `{${fields.join(",")}}`;
}

function byNonce(transactions: readonly PooledTransaction[], { show }: View): object {
  return Object.fromEntries(transactions.map((pooled) => [`${pooled.transaction.nonce}`, show(pooled)]));
}

/** As geth writes it. */
function describeTransaction({ transaction }: PooledTransaction): string {
  const { to, value, gasLimit, maxFeePerGas } = transaction;
  const target = to === null ? "contract creation" : checksumAddress(to);
  return `${target}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`;
}
