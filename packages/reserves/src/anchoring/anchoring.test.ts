import { createHash } from "node:crypto";
import { bytesToHex, type Hex } from "@trellis/base";
import { failing } from "@trellis/kit/fakeChain";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import type { Anchoring } from "./createAnchoring.ts";
import { AnchoringBench, REPLACE_AFTER_MS } from "./testing/AnchoringBench.ts";
import { createMemoryAnchorStore } from "./testing/createMemoryAnchorStore.ts";
import { testRecords } from "./testing/records.ts";

let bench: AnchoringBench;
let anchoring: Anchoring;
const stateOf = async (sequence: number) => (await bench.store.find(sequence))?.state;

beforeEach(async () => {
  bench = new AnchoringBench();
  anchoring = bench.worker().anchoring;
  await bench.request(1, anchoring);
});

describe("anchoring", () => {
  it("ANCHOR-8: pending, sent, included, final", async () => {
    expect(await stateOf(1)).toBe("pending");
    expect(await anchoring.advance()).toBe(1);
    expect(await bench.store.find(1)).toMatchObject({
      state: "sent",
      attempts: [{ nonce: 0 }],
      inclusion: undefined,
    });
    bench.chain.mine();
    expect(await anchoring.advance()).toBe(1);
    const inclusion = {
      transactionHash: bench.sentHashes[0],
      block: { height: 1, hash: bench.chain.head.hash },
    };
    expect(await bench.store.find(1)).toMatchObject({ state: "included", inclusion });
    bench.finalizeHead();
    expect(await anchoring.advance()).toBe(0);
    expect(await anchoring.find(1)).toMatchObject({ state: "final", inclusion });
    expect(bench.sentHashes).toHaveLength(1);
  });

  it("COST-7: an inclusion has the fee that was paid, if the node tells the price of gas", async () => {
    const client = bench.chain.client();
    const receipt: typeof client.receipt = async (transactionHash) => {
      const found = await client.receipt(transactionHash);
      return found && { ...found, gasUsed: 100n, gasPriceWei: 7n, l1FeeWei: 3n };
    };
    const telling = bench.worker({ ...client, receipt });
    await telling.anchoring.advance();
    bench.chain.mine();
    await telling.anchoring.advance();
    const { inclusion } = (await bench.store.find(1))!;
    expect(inclusion!.fee).toEqual({ wei: "703", seenAtMs: expect.any(Number) });
  });

  it("ANCHOR-8: in order, each started when the one before is included", async () => {
    await bench.request(3, anchoring);
    for (let block = 0; block < 3; block += 1) {
      expect(await anchoring.advance()).toBe(3);
      bench.chain.mine();
    }
    bench.finalizeHead();
    expect(await anchoring.advance()).toBe(0);
    expect(bench.chain.sent.map(({ nonce }) => nonce)).toEqual([0, 1, 2]);
  });

  it("ANCHOR-9: stored before it is sent: a process killed in between sends the same one later", async () => {
    const dying = bench.worker(failing(bench.chain.client(), (method) => method === "send"));
    await expect(dying.anchoring.advance()).rejects.toEqual(refusal("NODE_UNREACHABLE"));
    const written = (await bench.store.find(1))!;
    expect(written).toMatchObject({ state: "sent" });
    expect(bench.chain.sent).toEqual([]);
    await anchoring.advance();
    expect(bench.sentHashes).toEqual(written.attempts.map(({ hash }) => hash));
  });

  it("ANCHOR-9: two workers send one transaction", async () => {
    const workers = [anchoring, bench.worker().anchoring, bench.worker().anchoring];
    for (let block = 0; block < 3; block += 1) {
      await Promise.all(workers.map((worker) => worker.advance()));
      bench.nowMs += REPLACE_AFTER_MS;
    }
    expect(new Set(bench.chain.sent.map(({ nonce }) => nonce))).toEqual(new Set([0]));
    expect(bench.sentHashes).toHaveLength(3);
    expect((await bench.store.find(1))?.attempts.map(({ hash }) => hash)).toEqual(bench.sentHashes);
  });

  it("ANCHOR-10: resends transactions dropped by mempools, and raises the fees of slow ones with the same nonce", async () => {
    await anchoring.advance();
    bench.chain.forget();
    await anchoring.advance();
    expect(bench.chain.waiting).toHaveLength(1);
    expect(bench.sentHashes).toHaveLength(1);
    bench.chain.baseFeeWei = 30n;
    bench.chain.mine();
    bench.nowMs += REPLACE_AFTER_MS;
    await anchoring.advance();
    const { attempts } = (await bench.store.find(1))!;
    expect(attempts.map(({ nonce, maxFeeWei }) => [nonce, maxFeeWei])).toEqual([
      [0, 22n],
      [0, 63n],
    ]);
    bench.chain.mine();
    await anchoring.advance();
    expect(await bench.store.find(1)).toMatchObject({ inclusion: { transactionHash: attempts[1]!.hash } });
  });

  it("ANCHOR-10: the first attempt is included despite its replacement", async () => {
    await anchoring.advance();
    const [first] = bench.chain.waiting;
    bench.nowMs += REPLACE_AFTER_MS;
    await anchoring.advance();
    bench.chain.forget();
    bench.chain.add(first!);
    bench.chain.mine();
    await anchoring.advance();
    expect(await bench.store.find(1)).toMatchObject({
      state: "included",
      inclusion: { transactionHash: first!.hash },
    });
    expect((await bench.store.find(1))?.attempts).toHaveLength(2);
  });

  it("ANCHOR-10: at the fee limit the pending transaction keeps waiting", async () => {
    const modest = bench.worker(bench.chain.client(), bench.store, 23n).anchoring;
    await modest.advance();
    bench.nowMs += REPLACE_AFTER_MS;
    await modest.advance();
    expect((await bench.store.find(1))?.attempts).toHaveLength(1);
    bench.chain.mine();
    await modest.advance();
    expect(await stateOf(1)).toBe("included");
  });

  it.each([
    ["that returns transactions to the mempool", false],
    ["that drops transactions", true],
  ])("ANCHOR-11: a reorganisation %s", async (_name, forgets) => {
    await bench.request(2, anchoring);
    await anchoring.advance();
    bench.chain.mine();
    await anchoring.advance();
    bench.chain.mine();
    await anchoring.advance();
    expect([await stateOf(1), await stateOf(2)]).toEqual(["included", "included"]);
    bench.chain.reorganise(2, { forgets });
    await anchoring.advance();
    expect(await stateOf(1)).toBe("sent");
    for (let block = 0; block < 4; block += 1) {
      bench.chain.mine();
      await anchoring.advance();
    }
    bench.finalizeHead();
    expect(await anchoring.advance()).toBe(0);
    expect(bench.sentHashes).toHaveLength(2);
  });

  it("ANCHOR-12: another transaction used the nonce", async () => {
    const { sender } = bench.worker();
    await anchoring.advance();
    const foreign = await sender.prepare(
      { to: `0x${"b2".repeat(20)}`, data: "0x" },
      { nonce: 0, above: (await bench.store.find(1))!.attempts[0]! },
    );
    await bench.chain.client().send(foreign.raw);
    bench.chain.mine();
    await anchoring.advance();
    expect(await bench.store.find(1)).toMatchObject({ state: "sent", attempts: [{ nonce: 1 }] });
    bench.chain.mine();
    await anchoring.advance();
    expect(await stateOf(1)).toBe("included");
  });

  it("ANCHOR-12: after a restored backup finds published records and waits for pending ones", async () => {
    await anchoring.advance();
    const restored = createMemoryAnchorStore();
    const { record, bytes, head } = bench.records[0]!;
    const again = bench.worker(bench.chain.client(), restored).anchoring;
    await again.request({ record, bytes }, head);
    await again.advance();
    expect(await restored.find(1)).toMatchObject({ state: "pending" });
    bench.chain.mine();
    await again.advance();
    expect(await restored.find(1)).toMatchObject({
      state: "included",
      attempts: [],
      inclusion: { transactionHash: bench.sentHashes[0] },
    });
    bench.chain.reorganise(1, { forgets: true });
    await again.advance();
    bench.chain.mine();
    await again.advance();
    bench.finalizeHead();
    expect(await again.advance()).toBe(0);
  });

  it("ANCHOR_CONTRADICTED: this account published another record; nothing is sent", async () => {
    const { sender } = bench.worker();
    const [other] = testRecords(1, 1);
    const store = createMemoryAnchorStore();
    const intruder = bench.worker(bench.chain.client(), store).anchoring;
    await intruder.request({ record: other!.record, bytes: other!.bytes }, other!.head);
    await intruder.advance();
    bench.chain.mine();
    await expect(anchoring.advance()).rejects.toEqual(
      refusal("ANCHOR_CONTRADICTED", { sequence: 1, field: "recordHash" }),
    );
    expect(bench.chain.sent.filter(({ from }) => from === sender.address)).toHaveLength(1);
  });

  it("ANCHOR_REFUSED: the registry lacks the record before", async () => {
    const client = { ...bench.chain.client(), estimateGas: bench.chain.client().estimateGas };
    const store = createMemoryAnchorStore();
    const later = bench.worker(client, store).anchoring;
    await bench.request(2, later);
    const first = (await store.find(1))!;
    const inclusion = {
      transactionHash: first.recordHash,
      block: { height: 0, hash: bench.chain.head.hash },
    };
    await store.change(first, { state: "included", attempts: [], inclusion });
    await expect(later.advance()).rejects.toEqual(
      refusal("ANCHOR_REFUSED: the registry refuses the record", { sequence: 2 }),
    );
    expect(bench.chain.sent).toEqual([]);
  });

  it("ANCHOR_REFUSED", async () => {
    const client = { ...bench.chain.client(), code: async () => "0x" as Hex };
    await expect(bench.worker(client).anchoring.advance()).rejects.toEqual(
      refusal("ANCHOR_REFUSED: no ReservesRegistry at this address"),
    );
    expect(bench.chain.sent).toEqual([]);
  });

  it("ANCHOR-7: publishes data of the signed record and the head", async () => {
    const { record, bytes, head } = bench.records[0]!;
    const sha256 = (data: Uint8Array | string) => `0x${createHash("sha256").update(data).digest("hex")}`;
    expect(await anchoring.find(1)).toMatchObject({
      sequence: 1,
      previousRecordHash: record.previousRecordHash,
      recordHash: sha256(bytes),
      totalsHash: sha256('[{"amount":"1001","asset":"BTC","decimals":8}]'),
      logSize: 3,
      logRoot: bytesToHex(head.root),
    });
  });

  it("an abort signal ends it between steps", async () => {
    await expect(anchoring.advance(AbortSignal.abort(new TypeError("stopping")))).rejects.toThrow("stopping");
    expect(bench.chain.sent).toEqual([]);
  });
});
