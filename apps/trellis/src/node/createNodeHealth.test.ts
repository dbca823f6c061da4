import { silentLog, silentMetrics } from "@trellis/base";
import { Indexer } from "@trellis/indexer";
import { FakeChainView } from "@trellis/kit/chainView";
import type { FinalityStatus } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { expect, it } from "vitest";
import { createNodeHealth } from "./createNodeHealth.ts";

const WITHOUT_VALIDATORS = { validators: [] } as unknown as FinalityStatus;

function fillable() {
  const store = createMemoryStore();
  const disk = { isFull: false };
  const write: KeyValueStore["write"] = async (...operations) => {
    if (disk.isFull) throw new RangeError("the disk is full");
    await store.write(...operations);
  };
  return { disk, store: Object.assign(Object.create(store) as KeyValueStore, { write }) };
}

it("a failed index is reported with its part, block and reason", async () => {
  const { disk, store } = fillable();
  const view = new FakeChainView();
  const index = await Indexer.open({ chain: view, store, log: silentLog, metrics: silentMetrics });
  await index.idle();
  const chain = { failure: () => undefined, finality: { status: () => WITHOUT_VALIDATORS } };
  const health = createNodeHealth({ chain, network: undefined, index }, { state: "serving" });
  expect(health.report()).toMatchObject({ isReady: true, parts: expect.arrayContaining(["index"]) });
  disk.isFull = true;
  view.add();
  await index.idle();
  expect(health.report().reasons).toEqual({
    index: "the index has stopped at block 0: the disk is full",
  });
});
