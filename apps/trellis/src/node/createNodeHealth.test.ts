import { silentLog, silentMetrics } from "@trellis/base";
import { Indexer } from "@trellis/indexer";
import { FakeChainView } from "@trellis/kit/chainView";
import type { Network } from "@trellis/network";
import { type ChainBlock, type FinalityStatus, main, type PeerClaim } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { createNodeHealth } from "./createNodeHealth.ts";

const WITHOUT_VALIDATORS = { validators: [], isFinalizing: true } as unknown as FinalityStatus;

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
  const chain = { failure: () => undefined, finality: { status: () => WITHOUT_VALIDATORS }, view };
  const health = createNodeHealth(
    { chain, network: undefined, index },
    { lifecycle: { state: "serving" }, clock: { nowMs: () => 0 } },
  );
  expect(health.report()).toMatchObject({ isReady: true, parts: expect.arrayContaining(["index"]) });
  disk.isFull = true;
  view.add();
  await index.idle();
  expect(health.report().reasons).toEqual({
    index: "the index has stopped at block 0: the disk is full",
  });
});

describe("readiness of a node of the main network", () => {
  const MINUTE_MS = 60_000;
  const HEAD = { number: 90, blueWork: 500n, timestampMs: 0 };
  const FINALIZED = { height: 3, number: 50, hash: `0x${"50".repeat(32)}` } as const;
  const SAME: PeerClaim = { sink: HEAD, finalized: FINALIZED };

  function report(changed: {
    readonly nowMs?: number;
    readonly isFinalizing?: boolean;
    readonly syncing?: ReturnType<Network["syncing"]>;
    readonly claims?: readonly PeerClaim[];
  }) {
    const { nowMs = 0, isFinalizing = true, syncing, claims = [SAME, SAME] } = changed;
    const status = { validators: [{}], finalized: FINALIZED, lagBlocks: 40, lagMs: MINUTE_MS, isFinalizing };
    const chain = {
      failure: () => undefined,
      finality: { status: () => status as unknown as FinalityStatus },
      view: {
        parameters: main,
        head: () => ({ header: HEAD }) as unknown as ChainBlock,
        hashByNumber: () => FINALIZED.hash,
      },
    };
    const network = { syncing: () => syncing, isolation: () => undefined, claims: () => claims };
    return createNodeHealth(
      { chain, network, index: undefined },
      { lifecycle: { state: "serving" }, clock: { nowMs: () => nowMs } },
    ).report();
  }

  it("out of sync: not ready", () => {
    const syncing = { phase: "blocks", startingBlock: 1, currentBlock: 5, highestBlock: 90 } as const;
    expect(report({ syncing })).toMatchObject({ isReady: false, reasons: { sync: "at block 5 of 90" } });
  });

  it("stale, while peers have newer blocks: not ready", () => {
    const ahead = { ...SAME, sink: { number: 99, blueWork: 600n } };
    const stale = { nowMs: 10 * MINUTE_MS, claims: [SAME, ahead] };
    expect(report(stale)).toMatchObject({
      isReady: false,
      reasons: { head: expect.stringContaining("600 s") },
    });
    expect(report({ ...stale, nowMs: MINUTE_MS })).toMatchObject({ isReady: true, warnings: {} });
  });

  it("outside the finality quorum: not ready", () => {
    const ahead = { ...SAME, finalized: { ...FINALIZED, number: 70 } };
    expect(report({ isFinalizing: false, claims: [ahead, ahead] })).toMatchObject({
      isReady: false,
      reasons: { finality: expect.stringContaining("outside the finality quorum") },
    });
  });

  it("a network-wide stall leaves every node ready, with the reasons as warnings", () => {
    expect(report({ nowMs: 10 * MINUTE_MS, isFinalizing: false })).toMatchObject({
      isReady: true,
      reasons: {},
      warnings: {
        head: "block 90 is 600 s old: the network produces no blocks",
        finality: expect.stringContaining("finalized nothing since checkpoint 3"),
      },
    });
  });
});
