import { describe, expect, it } from "vitest";
import { BatchPool, type BatchPoolOptions } from "./BatchPool.ts";
import type { WorkerPool } from "./WorkerPool.ts";

function fakePool(threads: number) {
  const batches: { size: number; answer(failure?: Error): void }[] = [];
  let busy = 0;
  const pool = {
    get idleCount() {
      return threads - busy;
    },
    run: (input: ArrayBuffer) => {
      busy++;
      return new Promise<ArrayBuffer>((resolve, reject) => {
        const answer = (failure?: Error): void => {
          busy--;
          if (failure === undefined) resolve(input);
          else reject(failure);
        };
        batches.push({ size: input.byteLength, answer });
      });
    },
    close: async () => {},
  };
  return { pool: pool as unknown as WorkerPool<ArrayBuffer, ArrayBuffer>, batches };
}

const options = (pool: BatchPoolOptions<number, number>["pool"]): BatchPoolOptions<number, number> => ({
  pool,
  pack: (requests) => Uint8Array.from(requests).buffer,
  isAnswer: (answer, count) => answer.length === count,
  unpack: (answer) => Array.from(new Uint8Array(answer)),
  inline: (request) => request + 100,
  inlineMax: 1,
  batchMax: 4,
  queuedMax: 20,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("BatchPool", () => {
  it("runs a single request on the calling thread", async () => {
    const { pool, batches } = fakePool(1);
    expect(await new BatchPool(options(pool)).submit(1)).toBe(101);
    expect(batches).toHaveLength(0);
  });

  it("sends the requests of one turn together, shared between idle threads", async () => {
    const { pool, batches } = fakePool(2);
    const shared = new BatchPool(options(pool));
    const together = Promise.all([1, 2, 3, 4, 5].map((request) => shared.submit(request)));
    await turn();
    expect(batches.map((batch) => batch.size)).toEqual([3, 2]);
    for (const batch of batches) batch.answer();
    expect(await together).toEqual([1, 2, 3, 4, 5]);
  });

  it("runs urgent requests before queued ones", async () => {
    const { pool, batches } = fakePool(1);
    const batchPool = new BatchPool(options(pool));
    const order: string[] = [];
    const first = batchPool.submitAll([1, 2]);
    await turn();
    const queued = batchPool.submitAll([3, 4, 5, 6]).then(() => order.push("queued"));
    const urgent = batchPool.submitAll([7, 8, 9, 10], true).then(() => order.push("urgent"));
    for (let at = 0; at < 3; at++) {
      await turn();
      batches[at]!.answer();
    }
    await Promise.all([first, queued, urgent]);
    expect(order).toEqual(["urgent", "queued"]);
  });

  it("queues more requests at once than a call may have arguments", async () => {
    const requests = Array.from({ length: 200_000 }, () => 1);
    for (const isUrgent of [false, true]) {
      const batchPool = new BatchPool({ ...options(undefined), queuedMax: requests.length });
      expect(await batchPool.submitAll(requests, isUrgent)).toHaveLength(requests.length);
    }
  });

  it("grows batches up to their limit while the threads are busy", async () => {
    const { pool, batches } = fakePool(1);
    const batchPool = new BatchPool(options(pool));
    const first = batchPool.submitAll([1, 2]);
    await turn();
    const later = [3, 4, 5, 6, 7].map((request) => batchPool.submit(request));
    await turn();
    expect(batches.map((batch) => batch.size)).toEqual([2]);
    expect(batchPool.queuedCount).toBe(5);
    batches[0]!.answer();
    expect(await first).toEqual([1, 2]);
    await turn();
    batches[1]!.answer();
    await turn();
    expect(batches.map((batch) => batch.size)).toEqual([2, 4, 1]);
    batches[2]!.answer();
    expect(await Promise.all(later)).toEqual([3, 4, 5, 6, 7]);
  });

  it("sends a single request to a thread while another works, so that order of arrival does not matter", async () => {
    const { pool, batches } = fakePool(2);
    const batchPool = new BatchPool(options(pool));
    const first = batchPool.submitAll([1, 2]);
    await turn();
    for (const batch of batches) expect(batch.size).toBe(1);
    batches[0]!.answer();
    const second = batchPool.submit(3);
    await turn();
    expect(batches).toHaveLength(3);
    for (const batch of batches.slice(1)) batch.answer();
    expect(await first).toEqual([1, 2]);
    expect(await second).toBe(3);
  });

  it("fails only the requests of a failed batch", async () => {
    const { pool, batches } = fakePool(2);
    const batchPool = new BatchPool(options(pool));
    const outcomes = Promise.allSettled([1, 2].map((request) => batchPool.submit(request)));
    await turn();
    batches[0]!.answer(new Error("thread died"));
    batches[1]!.answer();
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(["rejected", "fulfilled"]);
    await batchPool.close();
  });

  it("passes on errors of the work", async () => {
    const failing = new BatchPool<number, number>({
      ...options(undefined),
      inline: () => {
        throw new Error("bad request");
      },
    });
    await expect(failing.submit(1)).rejects.toThrow("bad request");
    await failing.close();
  });
});
