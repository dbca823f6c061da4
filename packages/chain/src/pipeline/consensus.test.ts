import { beforeEach, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { operation } from "./testing/testEvm.ts";
import { addressOf, CONTRACT, slotOf, testParameters, transfer } from "./testing/testNetwork.ts";
import { Workshop } from "./testing/Workshop.ts";

describe("smoke", () => {
  let workshop: Workshop;
  let chain: TestChain;
  beforeEach(async () => {
    const parameters = testParameters({ finalityDepth: 5 });
    workshop = await Workshop.open(parameters);
    chain = await createTestChain({ parameters });
  });
  it("imports", async () => {
    for (let index = 0; index < 20; index++) {
      await workshop.mine({
        transactions: [
          transfer({ from: "alice", nonce: 2 * index, valueWei: 5n }),
          transfer({
            from: "alice",
            nonce: 2 * index + 1,
            to: CONTRACT,
            data: operation("store", BigInt(index), 7n),
          }),
        ],
      });
    }
    await chain.take(...workshop.blocks.slice(1));
    expect(chain.view.head().header.number).toBe(20);
    expect(chain.view.finalized().header.number).toBe(14);
    const again = await chain.reopen();
    expect(again.view.head().hash).toBe(chain.view.head().hash);
    expect(again.view.stateAt(again.view.head().hash).storage(CONTRACT, slotOf(3n))).toBe(7n);
    await again.submit(transfer({ from: "bob", nonce: 0, to: addressOf("alice") }));
    await again.mine();
    expect(again.view.head().transactions.length).toBe(1);
  });
});
