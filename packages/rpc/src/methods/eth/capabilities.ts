import { quantityToHex } from "@trellis/base";
import { defineMethod } from "../Method.ts";

export const capabilities = defineMethod({
  name: "eth_capabilities",
  summary: "Returns the newest chain block, and from which number on this node has blocks, logs and states.",
  handle({ chain }) {
    const { hash, header } = chain.head();
    const { reads, proofs } = chain.oldestState();
    const blocks = from(chain.oldestNumber());
    return {
      head: { number: quantityToHex(header.number), hash },
      state: from(reads),
      tx: blocks,
      logs: blocks,
      receipts: blocks,
      blocks,
      stateproofs: from(proofs),
    };
  },
});

/** [RPC-32] */
function from(number: number) {
  return { disabled: false, oldestBlock: quantityToHex(number) };
}
