import { hexToBytes, quantityToHex } from "@trellis/base";
import { checksumAddress } from "@trellis/crypto";
import { type Address, EncodedJson, type PooledTransaction, type PoolView } from "@trellis/protocol";
import { address } from "../../decoding/hex.ts";
import { encodePendingTransaction } from "../../encoding/transaction.ts";
import { rpcErrors } from "../../errors.ts";
import type { Pacing } from "../../guards/ScanLane.ts";
import type { RpcLimits } from "../../options.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { defineMethod, defineScan, required, WEIGHTS } from "../Method.ts";

interface View {
  show(pooled: PooledTransaction): unknown;
  /** Minimum encoded length in characters. */
  sizeMin(pooled: PooledTransaction): number;
}

/** The shortest transaction is a contract creation of type 0. */
const CONTENT: View = {
  show: encodePendingTransaction,
  sizeMin({ transaction: { data, accessList } }) {
    let size = 450 + 2 * data.length;
    for (const { storageKeys } of accessList) size += 73 + 68 * storageKeys.length;
    return size;
  },
};

const INSPECTION: View = { show: describeTransaction, sizeMin: () => 50 };

export const txpoolMethods = [
  defineMethod({
    name: "txpool_status",
    summary: "Returns the number of executable transactions and of those queued behind a nonce gap.",
    handle({ pool }) {
      const { pending, queued } = pool.status();
      return { pending: quantityToHex(pending), queued: quantityToHex(queued) };
    },
  }),
  defineScan({
    name: "txpool_content",
    summary: "Returns all transactions of the mempool by sender and nonce.",
    weight: WEIGHTS.execute,
    handle: (node, _, pacing) => writePool(node, CONTENT, pacing),
  }),
  defineScan({
    name: "txpool_contentFrom",
    summary: "Returns the mempool transactions of a sender by nonce.",
    params: [required("address", address)],
    async handle({ pool, limits }, [sender], pacing) {
      const { pending, queued } = pool.contentFrom(sender);
      const writer = new PoolWriter(limits, CONTENT, pacing);
      await writer.require([pending, queued]);
      const texts = [await writer.byNonce(pending), await writer.byNonce(queued)];
      return new EncodedJson(`{"pending":${texts[0]},"queued":${texts[1]}}`);
    },
  }),
  defineScan({
    name: "txpool_inspect",
    summary: "Returns a one-line text of each mempool transaction.",
    weight: WEIGHTS.execute,
    handle: (node, _, pacing) => writePool(node, INSPECTION, pacing),
  }),
  defineScan({
    name: "eth_pendingTransactions",
    summary: "Returns the mempool transactions of the node's accounts; on a controlled devnet, of all.",
    async handle({ pool, limits, signers, devControl }, _, pacing) {
      const writer = new PoolWriter(limits, CONTENT, pacing);
      const isControlled = typeof devControl?.commands === "object";
      const { pending, queued } = isControlled ? pool.content() : contentOf(pool, [...signers.keys()]);
      const lists = [...pending.values(), ...queued.values()];
      await writer.require(lists);
      return new EncodedJson(`[${(await writer.all(lists.flat())).join(",")}]`);
    },
  }),
];

type Senders = ReturnType<PoolView["content"]>["pending"];

function contentOf(pool: PoolView, senders: readonly Address[]): Record<"pending" | "queued", Senders> {
  const content = senders.map((sender) => [sender, pool.contentFrom(sender)] as const);
  return {
    pending: new Map(content.map(([sender, { pending }]) => [sender, pending])),
    queued: new Map(content.map(([sender, { queued }]) => [sender, queued])),
  };
}

async function writePool(
  { pool, limits }: Pick<RpcNode, "pool" | "limits">,
  view: View,
  pacing: Pacing,
): Promise<EncodedJson> {
  const { pending, queued } = pool.content();
  const writer = new PoolWriter(limits, view, pacing);
  await writer.require([...pending.values(), ...queued.values()]);
  const texts = [await writer.bySender(pending), await writer.bySender(queued)];
  return new EncodedJson(`{"pending":${texts[0]},"queued":${texts[1]}}`);
}

class PoolWriter {
  readonly #max: number;
  readonly #view: View;
  readonly #pacing: Pacing;
  #size = 0;

  constructor({ responseBytesMax }: Pick<RpcLimits, "responseBytesMax">, view: View, pacing: Pacing) {
    this.#max = responseBytesMax;
    this.#view = view;
    this.#pacing = pacing;
  }

  /** @throws RPC_RESPONSE_TOO_LARGE before encoding */
  async require(lists: readonly (readonly PooledTransaction[])[]): Promise<void> {
    let sizeMin = 0;
    for (const transactions of lists) {
      for (const pooled of transactions) {
        sizeMin += this.#view.sizeMin(pooled);
        if (this.#pacing.isDue) await this.#pacing.pause();
      }
    }
    if (sizeMin > this.#max) throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ sizeMin, responseBytesMax: this.#max });
  }

  async bySender(content: Senders): Promise<string> {
    const fields: string[] = [];
    for (const [sender, transactions] of content) {
      fields.push(`"${checksumAddress(hexToBytes(sender))}":${await this.byNonce(transactions)}`);
    }
    return `{${fields.join(",")}}`;
  }

  async byNonce(transactions: readonly PooledTransaction[]): Promise<string> {
    const texts = await this.all(transactions);
    return `{${texts.map((text, index) => `"${transactions[index]!.transaction.nonce}":${text}`).join(",")}}`;
  }

  async all(transactions: readonly PooledTransaction[]): Promise<string[]> {
    const texts: string[] = [];
    for (const pooled of transactions) {
      const text = JSON.stringify(this.#view.show(pooled));
      this.#size += text.length;
      if (this.#size > this.#max) throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax: this.#max });
      texts.push(text);
      if (this.#pacing.isDue) await this.#pacing.pause();
    }
    return texts;
  }
}

function describeTransaction({ transaction }: PooledTransaction): string {
  const { to, value, gasLimit, maxFeePerGas } = transaction;
  const target = to === null ? "contract creation" : checksumAddress(hexToBytes(to));
  return `${target}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`;
}
