import { isTrellisError, quantityToHex } from "@trellis/base";
import { genesisNumber } from "@trellis/protocol";
import { asObject, fieldOf, optionalField } from "../../decoding/Decoder.ts";
import { count } from "../../decoding/hex.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { defineMethod } from "../Method.ts";

type Oldest = Readonly<Record<"state" | "tx" | "logs" | "receipts" | "blocks", number>>;

export const capabilities = defineMethod({
  name: "eth_capabilities",
  summary: "Returns the newest chain block, and from which number on this node has blocks, logs and states.",
  handle({ chain, forked }) {
    const { hash, header } = chain.head();
    const { reads, proofs } = chain.oldestState();
    const blocks = chain.oldestNumber();
    const own = { state: reads, tx: blocks, logs: blocks, receipts: blocks, blocks };
    const answerWith = (oldest: Oldest, stateproofs: object) => ({
      head: { number: quantityToHex(header.number), hash },
      ...Object.fromEntries(Object.entries(oldest).map(([kind, number]) => [kind, from(number)])),
      stateproofs,
    });
    if (forked === undefined) return answerWith(own, from(proofs));
    return withForked(own, { chain, forked }).then((oldest) => answerWith(oldest, { disabled: true }));
  },
});

/** [RPC-32] */
function from(number: number) {
  return { disabled: false, oldestBlock: quantityToHex(number) };
}

/** The forked chain's node serves what is below the genesis, if it says so. [DEV-8] */
async function withForked(
  own: Oldest,
  { chain, forked }: Pick<RpcNode, "chain"> & { readonly forked: NonNullable<RpcNode["forked"]> },
): Promise<Oldest> {
  const first = genesisNumber(chain.parameters);
  try {
    const answer = asObject(await forked.request("eth_capabilities", []), "capabilities");
    const oldestOf = (kind: keyof Oldest): number => {
      const entry = asObject(fieldOf(answer, kind), kind);
      const oldest =
        fieldOf(entry, "disabled") === false ? optionalField(entry, "oldestBlock", count) : first;
      return Math.min(oldest ?? first, own[kind]);
    };
    return {
      state: oldestOf("state"),
      tx: oldestOf("tx"),
      logs: oldestOf("logs"),
      receipts: oldestOf("receipts"),
      blocks: oldestOf("blocks"),
    };
  } catch (error) {
    // Few nodes know the method; one that is gone serves nothing.
    if (!isTrellisError(error)) throw error;
    return own;
  }
}
