import { describe, expect, it } from "vitest";
import { startTestNode } from "./testing/TestNode.ts";
import { TestInternet } from "./testing/TestTransport.ts";
import { mineMany, TEST_START_MS } from "./testing/testChain.ts";
import { VirtualTime } from "./testing/VirtualTime.ts";

function newInternet(): TestInternet {
  return new TestInternet(new VirtualTime(TEST_START_MS));
}

const long = await mineMany(500);

describe("a node that begins empty", () => {
  it("has what its peer has [SYNC-10] [SYNC-12] [SYNC-13]", async () => {
    const internet = newInternet();
    const full = await startTestNode(internet, "full", { blocks: long });
    const empty = await startTestNode(internet, "empty");
    await empty.connectTo(full);
    await internet.time.run(60_000, () => empty.chain.view.head().hash === long.at(-1)!.hash);
    expect(empty.chain.view.head().hash).toBe(long.at(-1)!.hash);
    expect([...empty.guard.reports, ...full.guard.reports]).toEqual([]);
  });
});
