import { silentLog, systemRandom } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { miningErrors } from "@trellis/mining";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { trellisErrors } from "../../errors.ts";
import type { Device } from "./createDevices.ts";
import { createRemoteMiner, type RemoteMiner } from "./createRemoteMiner.ts";

const ADDRESS = `0x${"0c".repeat(20)}`;
const COIN = 10n ** 18n;

/** A node whose answers a test sets. */
class FakeNode {
  readonly submitted: unknown[] = [];
  readonly colours = new Map<string, { color: string | null; number: string; mergedBy: string | null }>();
  isReachable = true;
  algorithm = "heavy";
  finalized = "0x0";
  refusal: string | undefined;
  /** Later ones are accepted. */
  refusals = Number.POSITIVE_INFINITY;
  isHanging = false;
  checkFault: "hang" | "fail" | undefined;
  checks = 0;
  connections = 0;
  #close: (() => void) | undefined;
  #notify: ((value: unknown) => void) | undefined;
  #templates = 0;

  async connect(onNotification: (value: unknown) => void) {
    if (!this.isReachable) throw trellisErrors.UPSTREAM_UNREACHABLE({ reason: "refused" });
    this.connections++;
    this.#notify = onNotification;
    const closed = Promise.withResolvers<void>();
    this.#close = closed.resolve;
    const ended = closed.promise.then(() => {
      throw trellisErrors.UPSTREAM_UNREACHABLE({ reason: "connection closed" });
    });
    ended.catch(() => {});
    return {
      call: (method: string, ...params: unknown[]) => Promise.race([this.#answer(method, params), ended]),
      closed: closed.promise,
      close: closed.resolve,
    };
  }

  offer(changes: object = {}): void {
    const id = `0x${(++this.#templates).toString(16).padStart(64, "0")}`;
    this.#notify?.({
      id,
      sealRoot: id,
      target: "0xff",
      algorithm: this.algorithm,
      memoryKiB: 0,
      passes: 0,
      miner: ADDRESS,
      subsidyWei: "0xde0b6b3a7640000",
      ...changes,
    });
  }

  fail(): void {
    this.isReachable = false;
    this.#close?.();
  }

  async #answer(method: string, params: unknown[]): Promise<unknown> {
    switch (method) {
      case "trellis_getStreams":
        return [
          { name: "memory", algorithm: "memory" },
          { name: "the-stream", algorithm: this.algorithm },
        ];
      case "trellis_subscribe":
        expect(params).toEqual(["templates", { stream: "the-stream", miner: ADDRESS }]);
        return "0x1";
      case "trellis_submitBlock":
        this.submitted.push(params);
        if (this.isHanging) return new Promise(() => {});
        if (this.refusal !== undefined && this.submitted.length <= this.refusals)
          throw trellisErrors.MINER_REFUSED({ code: this.refusal, reason: "refused" });
        return `0x${"b0".repeat(31)}${this.submitted.length.toString(16).padStart(2, "0")}`;
      case "trellis_getCheckpoint":
        this.checks++;
        if (this.checkFault === "hang") return new Promise(() => {});
        if (this.checkFault === "fail") throw trellisErrors.UPSTREAM_UNREACHABLE({ reason: "no answer" });
        return { finalized: { number: this.finalized } };
      case "trellis_getDagBlock":
        return this.colours.get(String(params[0])) ?? null;
      default:
        throw new RangeError(method);
    }
  }
}

let time: VirtualTime;
let nodes: Record<string, FakeNode>;
let searches: { readonly sealRoot: Uint8Array; readonly firstNonce: bigint | undefined }[];
let isFinding: boolean;
let device: Device;
let miner: RemoteMiner;
let warnings: unknown[];
let searchFailure: Error | undefined;
let failures: Error[];
let onLate: ((found: { nonce: bigint; device: Device }) => void) | undefined;

beforeEach(() => {
  time = new VirtualTime(1_000_000);
  nodes = { "ws://a": new FakeNode(), "ws://b": new FakeNode() };
  searches = [];
  isFinding = true;
  device = "cpu";
  warnings = [];
  searchFailure = undefined;
  failures = [];
});

afterEach(async () => {
  const stopping = miner.stop();
  await time.run(100);
  await stopping;
});

function start(pauseMs = 0): void {
  miner = createRemoteMiner(
    { nodes: Object.keys(nodes), address: ADDRESS, algorithm: "heavy", pauseMs },
    {
      connect: (url, onNotification) => nodes[url]!.connect(onNotification),
      devices: {
        mine({ sealRoot, firstNonce, signal }, late) {
          searches.push({ sealRoot, firstNonce });
          onLate = late;
          if (searchFailure !== undefined) return Promise.reject(searchFailure);
          if (isFinding) return Promise.resolve({ nonce: 7n, device });
          return new Promise((_, reject) => {
            signal!.addEventListener("abort", () => reject(miningErrors.MINING_ABORTED()));
          });
        },
      },
      clock: time,
      scheduler: time,
      random: systemRandom,
      log: { ...silentLog, warn: (...line) => void warnings.push(line) },
      onFailed: (error) => failures.push(error),
    },
  );
  miner.start();
}

describe("createRemoteMiner [MINE-6]", () => {
  it("submits what it finds, and waits for the next template", async () => {
    start();
    await time.run(10);
    const { "ws://a": node } = nodes;
    node!.offer();
    await time.run(10);
    expect(node!.submitted).toEqual([[`0x${"1".padStart(64, "0")}`, "0x7"]]);
    node!.offer();
    await time.run(10);
    expect(node!.submitted).toHaveLength(2);
    expect(miner.status()).toMatchObject({ node: "ws://a", accepted: 2, stale: 0, refused: 0 });
  });

  it("continues with each new template, from another nonce", async () => {
    isFinding = false;
    start();
    await time.run(10);
    for (let index = 0; index < 3; index++) {
      nodes["ws://a"]!.offer();
      await time.run(10);
    }
    expect(searches.map(({ sealRoot }) => sealRoot[31])).toEqual([1, 2, 3]);
    expect(new Set(searches.map(({ firstNonce }) => firstNonce)).size).toBe(3);
  });

  it.each([
    ["TEMPLATE_UNKNOWN", { stale: 1, refused: 0 }],
    ["WORK_DUPLICATE", { stale: 0, refused: 1 }],
    ["WORK_INSUFFICIENT", { stale: 0, refused: 1 }],
    ["", { stale: 0, refused: 1 }],
  ])("MINER_REFUSED, counted: %s", async (code, counts) => {
    start();
    nodes["ws://a"]!.refusal = code;
    await time.run(10);
    nodes["ws://a"]!.offer();
    await time.run(10);
    expect(miner.status()).toMatchObject({ accepted: 0, ...counts });
  });

  it.each(["MINING_LIMITED", "MINING_BUSY", "WORKER_UNAVAILABLE"])(
    "MINER_REFUSED: submits a nonce again that the node has no time for: %s",
    async (code) => {
      start();
      const { "ws://a": node } = nodes;
      node!.refusal = code;
      node!.refusals = 3;
      await time.run(10);
      node!.offer();
      await time.run(2_500);
      expect([node!.submitted.length, miner.status().refused]).toEqual([3, 0]);
      await time.run(1_000);
      expect(new Set(node!.submitted.map(String)).size).toBe(1);
      expect(miner.status()).toMatchObject({ node: "ws://a", accepted: 1, refused: 0 });
    },
  );

  it("MINER_REFUSED: gives up a nonce after its template's life", async () => {
    start();
    const { "ws://a": node } = nodes;
    node!.refusal = "MINING_BUSY";
    await time.run(10);
    node!.offer();
    for (let second = 0; second < 32; second++) {
      await time.run(1_000);
      isFinding = false;
      node!.offer();
    }
    expect(miner.status()).toMatchObject({ node: "ws://a", accepted: 0, refused: 1 });
    expect(node!.submitted.length).toBeGreaterThan(28);
  });

  it("submits what a GPU finds in its last slice, beside the next search", async () => {
    isFinding = false;
    start();
    const { "ws://a": node } = nodes;
    await time.run(10);
    node!.offer();
    await time.run(10);
    const first = onLate!;
    node!.offer();
    await time.run(10);
    first({ nonce: 9n, device: "gpu" });
    await time.run(10);
    expect(node!.submitted).toEqual([[`0x${"1".padStart(64, "0")}`, "0x9"]]);
    expect(miner.status().devices.gpu.accepted).toBe(1);
    expect(searches).toHaveLength(2);
  });

  it("a device that cannot search ends mining, and no node is blamed", async () => {
    searchFailure = new RangeError("no memory");
    start();
    await time.run(10);
    nodes["ws://a"]!.offer();
    await time.run(60_000);
    expect(failures).toEqual([searchFailure]);
    expect(warnings).toEqual([]);
    expect(nodes["ws://b"]!.connections).toBe(0);
  });

  it.each([
    ["another address", { miner: `0x${"0d".repeat(20)}` }],
    ["another algorithm", { algorithm: "memory" }],
    ["no target", { target: "255" }],
    ["a short seal root", { sealRoot: "0x12" }],
  ])("ignores templates with %s", async (_, changes) => {
    start();
    await time.run(10);
    nodes["ws://a"]!.offer(changes);
    await time.run(10);
    expect(searches).toEqual([]);
  });

  it("another node replaces one that fails, and the first one follows again", async () => {
    isFinding = false;
    start();
    await time.run(10);
    nodes["ws://a"]!.offer();
    await time.run(10);
    nodes["ws://a"]!.fail();
    await time.run(10);
    expect(miner.status().node).toBe("ws://b");
    nodes["ws://a"]!.isReachable = true;
    nodes["ws://b"]!.fail();
    await time.run(5_000);
    expect(miner.status().node).toBe("ws://a");
  });

  it("a node that sends no templates is replaced", async () => {
    start();
    await time.run(10);
    expect(miner.status().node).toBe("ws://a");
    await time.run(32_000);
    expect(miner.status().node).toBe("ws://b");
  });

  it("a node that falls silent during a search is replaced", async () => {
    isFinding = false;
    start();
    await time.run(10);
    nodes["ws://a"]!.offer();
    await time.run(29_900);
    expect(miner.status().node).toBe("ws://a");
    await time.run(200);
    expect(miner.status().node).toBe("ws://b");
  });

  it("after hours without a block, another node is still tried at once", async () => {
    isFinding = false;
    for (const node of Object.values(nodes)) node.isReachable = false;
    start();
    await time.run(100_000);
    nodes["ws://a"]!.isReachable = true;
    nodes["ws://b"]!.isReachable = true;
    await time.run(60_000);
    const first = miner.status().node!;
    for (let second = 0; second < 40; second++) {
      nodes[first]!.offer();
      await time.run(1_000);
    }
    expect(miner.status().node).toBe(first);
    nodes[first]!.fail();
    await time.run(10);
    expect(miner.status().node).toBe(first === "ws://a" ? "ws://b" : "ws://a");
  });

  it("logs why it leaves a node", async () => {
    start();
    await time.run(10);
    nodes["ws://a"]!.fail();
    await time.run(10);
    expect(warnings).toMatchObject([
      ["node.lost", { url: "ws://a", error: { facts: { reason: "connection closed" } } }],
    ]);
  });

  it("counts a block whose answer never came", async () => {
    start();
    await time.run(10);
    nodes["ws://a"]!.isHanging = true;
    nodes["ws://a"]!.offer();
    await time.run(10);
    nodes["ws://a"]!.fail();
    await time.run(10);
    expect(miner.status()).toMatchObject({ accepted: 0, stale: 0, refused: 0, lost: 1 });
  });

  it.each(["hang", "fail"] as const)("mines on while checks of own blocks %s", async (fault) => {
    start();
    await time.run(10);
    const { "ws://a": node } = nodes;
    node!.checkFault = fault;
    for (let count = 0; count < 40; count++) {
      node!.offer();
      await time.run(500);
    }
    if (fault === "hang") expect(node!.checks).toBe(1);
    else expect(node!.checks).toBeGreaterThan(1);
    expect(miner.status()).toMatchObject({ node: "ws://a", accepted: 40 });
    expect(node!.connections).toBe(1);
  });

  it("a network without the stream is no network to mine", async () => {
    nodes["ws://a"]!.algorithm = "blake3";
    start();
    await time.run(10);
    expect(miner.status().node).toBe("ws://b");
  });

  it("unreachable nodes are tried ever more rarely", async () => {
    for (const node of Object.values(nodes)) node.isReachable = false;
    start();
    await time.run(600_000);
    for (const node of Object.values(nodes)) node.isReachable = true;
    await time.run(31_000);
    expect(miner.status().node).toBeDefined();
  });

  it("counts colours and rewards once they are final", async () => {
    start(100);
    await time.run(10);
    const { "ws://a": node } = nodes;
    const hashOf = (count: number) => `0x${"b0".repeat(31)}0${count}`;
    const merging = `0x${"cc".repeat(32)}`;
    node!.colours.set(merging, { color: "blue", number: "0x9", mergedBy: merging });
    node!.colours.set(hashOf(1), { color: "blue", number: "0x5", mergedBy: merging });
    node!.colours.set(hashOf(2), { color: "red", number: "0x5", mergedBy: merging });
    node!.colours.set(hashOf(3), { color: null, number: "0x5", mergedBy: null });
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        node!.offer();
        await time.run(1_000);
      }
    };
    while (node!.submitted.length < 3) await pass(1_000);
    isFinding = false;
    await pass(10_000);
    expect(miner.status()).toMatchObject({ blue: 0, red: 0, rewardsWei: 0n });
    node!.finalized = "0x9";
    await pass(10_000);
    expect(miner.status()).toMatchObject({ blue: 1, red: 1, rewardsWei: COIN });
  });

  it("counts by device", async () => {
    start();
    await time.run(10);
    const { "ws://a": node } = nodes;
    for (const [by, refusal] of [
      ["cpu", undefined],
      ["gpu", undefined],
      ["gpu", "TEMPLATE_UNKNOWN"],
    ] as const) {
      device = by;
      node!.refusal = refusal;
      node!.offer();
      await time.run(10);
    }
    expect(miner.status()).toMatchObject({
      ...{ accepted: 2, stale: 1 },
      devices: { cpu: { accepted: 1, stale: 0 }, gpu: { accepted: 1, stale: 1 } },
    });
  });

  it("a node that reorganises under the miner: the newest template, stale work, and the final colour", async () => {
    start();
    await time.run(10);
    const { "ws://a": node } = nodes;
    const [merging, other] = [`0x${"cc".repeat(32)}`, `0x${"dd".repeat(32)}`];
    node!.colours.set(merging, { color: "blue", number: "0x6", mergedBy: merging });
    node!.colours.set(other, { color: "blue", number: "0x7", mergedBy: other });
    const own = `0x${"b0".repeat(31)}01`;
    node!.colours.set(own, { color: "blue", number: "0x5", mergedBy: merging });
    node!.offer();
    await time.run(10);
    isFinding = false;
    await time.run(6_000);
    expect(miner.status()).toMatchObject({ accepted: 1, blue: 0, red: 0 });
    // The merging block leaves the chain, and the search continues on the new chain.
    node!.colours.set(own, { color: "red", number: "0x5", mergedBy: other });
    node!.offer();
    await time.run(10);
    node!.offer();
    await time.run(10);
    expect(searches.map(({ sealRoot }) => sealRoot[31])).toEqual([1, 1, 2, 3]);
    // A nonce of the old chain comes too late.
    isFinding = true;
    node!.refusal = "TEMPLATE_UNKNOWN";
    node!.offer();
    await time.run(10);
    node!.finalized = "0x7";
    for (let second = 0; second < 6; second++) {
      node!.offer();
      await time.run(1_000);
    }
    const { accepted, stale, blue, red, rewardsWei } = miner.status();
    expect({ accepted, blue, red, rewardsWei }).toEqual({ accepted: 1, blue: 0, red: 1, rewardsWei: 0n });
    expect(stale).toBeGreaterThan(0);
  });

  it("counts a block that the next node receives later", async () => {
    start();
    await time.run(10);
    const { "ws://a": first, "ws://b": second } = nodes;
    first!.offer();
    await time.run(10);
    isFinding = false;
    first!.fail();
    second!.finalized = "0x9";
    const own = `0x${"b0".repeat(31)}01`;
    const pass = async () => {
      for (let passed = 0; passed < 12; passed++) {
        second!.offer();
        await time.run(1_000);
      }
    };
    await pass();
    expect(miner.status()).toMatchObject({ node: "ws://b", accepted: 1, blue: 0 });
    second!.colours.set(own, { color: "blue", number: "0x5", mergedBy: own });
    await pass();
    expect(miner.status()).toMatchObject({ accepted: 1, blue: 1, rewardsWei: COIN });
  });

  it("stops while it searches", async () => {
    isFinding = false;
    start();
    await time.run(10);
    nodes["ws://a"]!.offer();
    await time.run(10);
    await miner.stop();
    expect(miner.status().node).toBeUndefined();
  });
});
