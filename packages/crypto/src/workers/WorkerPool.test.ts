import { afterEach, describe, expect, it } from "vitest";
import type { MisbehavingTask } from "./testing/misbehaving.ts";
import { WorkerPool } from "./WorkerPool.ts";

const url = new URL("./testing/misbehaving.ts", import.meta.url);
const square = (value: number, delayMs = 0): MisbehavingTask => ({ square: value, delayMs });

describe("WorkerPool", () => {
  let pool: WorkerPool<MisbehavingTask, number>;
  const open = (workers: number, queuedMax: number) => {
    pool = new WorkerPool({ url, workers, queuedMax });
    return pool;
  };
  afterEach(() => pool.close());

  it("completes more tasks than it has threads", async () => {
    open(2, 10);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((value) => pool.run(square(value))));
    expect(answers).toEqual([1, 4, 9, 16, 25, 36]);
    expect(pool.idleCount).toBe(2);
  });

  it("WORKER_UNAVAILABLE, queue full", async () => {
    open(1, 1);
    const taken = [pool.run(square(1, 50)), pool.run(square(2))];
    await expect(pool.run(square(3))).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "queue full" },
    });
    expect(await Promise.all(taken)).toEqual([1, 4]);
  });

  it("WORKER_UNAVAILABLE, worker ended for an exception, with its cause, and the next task gets a new thread", async () => {
    open(1, 10);
    const crashed = pool.run("throw");
    const next = pool.run(square(3));
    await expect(crashed).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "worker ended" },
      cause: { message: "as the test asked" },
    });
    expect(await next).toBe(9);
  });

  it("WORKER_UNAVAILABLE, worker ended for an exit", async () => {
    open(1, 10);
    await expect(pool.run("exit")).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "worker ended", exitCode: 7 },
    });
    expect(await pool.run(square(4))).toBe(16);
  });

  it("WORKER_UNAVAILABLE, worker ended for a module that does not exist", async () => {
    pool = new WorkerPool({ url: new URL("./absent.ts", import.meta.url), workers: 1, queuedMax: 1 });
    await expect(pool.run("exit")).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "worker ended" },
    });
  });

  it("WORKER_UNAVAILABLE, pool closed after finishing accepted tasks", async () => {
    open(1, 10);
    const taken = [pool.run(square(5, 20)), pool.run(square(6))];
    const closed = pool.close();
    await expect(pool.run(square(7))).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "pool closed" },
    });
    await closed;
    expect(await Promise.all(taken)).toEqual([25, 36]);
  });

  it("refuses a task that cannot be cloned without losing the thread", async () => {
    open(1, 10);
    const unsendable = { square: (() => 1) as unknown as number, delayMs: 0 };
    await expect(pool.run(unsendable)).rejects.toMatchObject({ name: "DataCloneError" });
    expect(await pool.run(square(2))).toBe(4);
  });
});
