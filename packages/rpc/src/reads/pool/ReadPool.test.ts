import { TARGET, testTopic } from "@trellis/kit/chainView";
import { bloomBits, type Hash } from "@trellis/protocol";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { UNPACED } from "../../guards/ScanLane.ts";
import type { FeesTask, LogsTask, ReadTask } from "../../reading/ReadTask.ts";
import { VirtualTime } from "../../testing/VirtualTime.ts";
import { runRead } from "../runRead.ts";
import { ReadPool, type ReadPoolOptions } from "./ReadPool.ts";
import { loggedChain } from "./testing/loggedChain.ts";

const WORKER = new URL("./testing/loggedWorker.ts", import.meta.url);
const GRACE_MS = 500;
const IDLE_MS = 300_000;
const SEED = 7;
const LIMITS = { responseBytesMax: 25_000_000, logsResultsMax: 10_000 };

let pool: ReadPool;
let time: VirtualTime;
afterEach(() => pool.close());

function open(options: Partial<ReadPoolOptions> = {}): void {
  time = new VirtualTime();
  const times = { graceMs: GRACE_MS, idleMs: IDLE_MS };
  pool = new ReadPool({ url: WORKER, source: `${SEED}`, workers: 1, ...times, ...options }, time);
}

function cancellable() {
  const controller = new AbortController();
  const { signal } = controller;
  return { abort: () => controller.abort(), cancellation: { signal, isOver: () => signal.aborted } };
}

const task = (hash: string): ReadTask => ({ kind: "block", hash: hash as Hash, isFull: true });
const run = (read: ReadTask, { cancellation } = cancellable()) => pool.run(read, LIMITS, cancellation);
const chain = loggedChain(SEED);
const good = task(chain.head().hash);
const endless: LogsTask = {
  kind: "logs",
  newest: "0xendless",
  newestNumber: Number.MAX_SAFE_INTEGER,
  from: 0,
  match: { addresses: new Set(), topics: [], bits: [bloomBits([`0x${"5a".repeat(32)}`])] },
};
const settled = (read: Promise<unknown>) => read.then(String, (error: { code?: string }) => error.code);

describe("ReadPool [RPC-25]", () => {
  it("starts threads on demand, and keeps them", async () => {
    open({ workers: 2 });
    expect(pool.threadCount).toBe(0);
    const block = JSON.parse((await run(good)).text()) as { hash: string };
    expect(block.hash).toBe(chain.head().hash);
    await run(good);
    expect(pool.threadCount).toBe(1);
    await Promise.all([run(good), run(good)]);
    expect(pool.threadCount).toBe(2);
  });

  it("RPC_OVERLOADED: too many queued reads", async () => {
    open();
    const first = run(good);
    await expect(run(good)).rejects.toMatchObject({ code: "RPC_OVERLOADED" });
    await first;
    await run(good);
  });

  it("returns errors unchanged with their facts", async () => {
    open();
    const refused = {
      code: "RPC_HISTORY_PRUNED",
      facts: { number: 3, oldestNumber: 5 },
      consequence: "reject",
    };
    await expect(run(task("0xrefuse"))).rejects.toMatchObject(refused);
    await expect(run(task("0xthrow"))).rejects.toThrow(new RangeError("as the test asked"));
    await run(good);
    expect(pool.threadCount).toBe(1);
  });

  it("WORKER_UNAVAILABLE for a worker that exits, and the next read gets another", async () => {
    open();
    await expect(run(task("0xexit"))).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "worker ended", exitCode: 7 },
    });
    expect(pool.threadCount).toBe(0);
    await run(good);
  });

  it("WORKER_UNAVAILABLE for a worker that cannot start", async () => {
    open({ url: new URL("./testing/absent.ts", import.meta.url) });
    await expect(run(good)).rejects.toMatchObject({ code: "WORKER_UNAVAILABLE" });
    expect(pool.threadCount).toBe(0);
  });

  it("WORKER_UNAVAILABLE for a worker without memory, and the next read gets another", async () => {
    open({ heapMib: 48 });
    const reason = "no memory left";
    await expect(run(task("0xfill"))).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason },
    });
    await run(good);
  });

  it("RPC_CLIENT_GONE: an abandoned read ends by itself, and its worker stays", async () => {
    open();
    await run(good);
    const { abort, cancellation } = cancellable();
    const read = settled(run(endless, { abort, cancellation }));
    abort();
    expect(await read).toBe("RPC_CLIENT_GONE");
    await run(good);
    expect(pool.threadCount).toBe(1);
  });

  it("RPC_CLIENT_GONE: a read that is cancelled before its worker started does not run", async () => {
    open();
    const { abort, cancellation } = cancellable();
    const read = settled(run(task("0xexit"), { abort, cancellation }));
    abort();
    expect(await read).toBe("RPC_CLIENT_GONE");
    await expect(run(good, { abort, cancellation })).rejects.toMatchObject({ code: "RPC_CLIENT_GONE" });
    expect(pool.threadCount).toBe(1);
  });

  it("a read past its deadline is terminated with its worker", async () => {
    open();
    await run(good);
    const { abort, cancellation } = cancellable();
    const read = settled(run(task("0xhang"), { abort, cancellation }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    abort();
    time.advance(GRACE_MS);
    expect(await read).toBe("WORKER_UNAVAILABLE");
    await run(good);
    expect(pool.threadCount).toBe(1);
  });

  it("a read does not get a worker that is terminated and answers nevertheless", async () => {
    open();
    await run(good);
    const { abort, cancellation } = cancellable();
    const read = settled(run(endless, { abort, cancellation }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    abort();
    // Its answer waits in the event loop.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    time.advance(GRACE_MS);
    expect(await read).toBe("RPC_CLIENT_GONE");
    await run(good);
  });

  it("a thread that was idle for long ends, and one that works again does not", async () => {
    open();
    await run(good);
    time.advance(IDLE_MS - 1);
    await run(good);
    time.advance(1);
    expect(pool.threadCount).toBe(1);
    time.advance(IDLE_MS);
    expect(pool.threadCount).toBe(0);
    await run(good);
  });

  it("WORKER_UNAVAILABLE for running and new reads when it closes", async () => {
    open();
    await run(good);
    const read = settled(run(endless));
    await pool.close();
    expect(await read).toBe("WORKER_UNAVAILABLE");
    await expect(run(good)).rejects.toMatchObject({ code: "WORKER_UNAVAILABLE" });
  });
});

const blocks = Array.from(
  { length: chain.head().header.number + 1 },
  (_, number) => chain.blockByNumber(number)!,
);
const block = fc.constantFrom(...blocks);
const topic = fc.option(
  fc
    .array(fc.constantFrom(testTopic(0), testTopic(1), testTopic(2)), { minLength: 1, maxLength: 2 })
    .map((all) => new Set(all)),
  { nil: undefined },
);
const range = fc.record({ newest: block, depth: fc.nat(12) }).map(({ newest: { hash, header }, depth }) => ({
  newest: hash,
  newestNumber: header.number,
  from: Math.max(0, header.number - depth),
}));
const logs: fc.Arbitrary<LogsTask> = fc
  .record({ range, topics: fc.array(topic, { maxLength: 3 }), isTarget: fc.boolean() })
  .map(({ range: blocksOf, topics, isTarget }) => {
    const addresses = new Set(isTarget ? [TARGET] : []);
    const bits = [addresses, ...topics].filter((items) => items !== undefined && items.size > 0);
    return {
      kind: "logs",
      ...blocksOf,
      match: { addresses, topics, bits: bits.map((items) => bloomBits(items!)) },
    };
  });
const fees: fc.Arbitrary<FeesTask> = fc
  .record({
    range,
    percentiles: fc.constantFrom([], [0, 50, 100]),
    baseFeeAfter: fc.bigInt({ min: 0n, max: 9n }),
  })
  .map(({ range: blocksOf, ...rest }) => ({ kind: "fees", ...blocksOf, ...rest }));
const tasks: fc.Arbitrary<ReadTask> = fc.oneof(
  fc.record({
    kind: fc.constant("block" as const),
    hash: block.map(({ hash }) => hash),
    isFull: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("receipts" as const), hash: block.map(({ hash }) => hash) }),
  logs,
  fees,
);

it("RPC-25: a worker answers and refuses like the main thread", async () => {
  open();
  const limits = fc.record({
    responseBytesMax: fc.constantFrom(2_000, 25_000_000),
    logsResultsMax: fc.constantFrom(3, 10_000),
  });
  await fc.assert(
    fc.asyncProperty(tasks, limits, async (read, bounds) => {
      const outcome = (found: Promise<{ text(): string }>) =>
        found.then(
          (json) => json.text(),
          ({ code, message, facts, hint }: Record<string, unknown>) => ({ code, message, facts, hint }),
        );
      const { cancellation } = cancellable();
      const here = await outcome(runRead(chain, read, bounds, UNPACED));
      expect(await outcome(pool.run(read, bounds, cancellation))).toEqual(here);
    }),
    { numRuns: 300 },
  );
});
