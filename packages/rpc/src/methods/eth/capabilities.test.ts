import { expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";

it("RPC-32: eth_capabilities has the oldest block, state and proof", async () => {
  const node = new FakeNode();
  for (let count = 0; count < 4; count++) node.chain.add();
  node.chain.oldest = 1;
  node.chain.stateFrom = { reads: 2, proofs: 3 };
  const from = (oldestBlock: string) => ({ disabled: false, oldestBlock });
  const blocks = from("0x1");
  expect(await node.result("eth_capabilities")).toEqual({
    head: { number: "0x4", hash: node.chain.head().hash },
    ...{ state: from("0x2"), stateproofs: from("0x3") },
    ...{ blocks, tx: blocks, receipts: blocks, logs: blocks },
  });
});
