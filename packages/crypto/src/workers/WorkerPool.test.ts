import { VirtualTime } from "@trellis/kit/time";
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
  const isNumber = (output: unknown): output is number => typeof output === "number";
  const run = (task: MisbehavingTask): Promise<number> => pool.run(task, isNumber);
  afterEach(() => pool.close());

  it("completes more tasks than it has threads", async () => {
    open(2, 10);
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((value) => run(square(value))));
    expect(answers).toEqual([1, 4, 9, 16, 25, 36]);
    expect(pool.idleCount).toBe(2);
  });

  it("WORKER_UNAVAILABLE, queue full", async () => {
    open(1, 1);
    const taken = [run(square(1, 50)), run(square(2))];
    await expect(run(square(3))).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "queue full" },
    });
    expect(await Promise.all(taken)).toEqual([1, 4]);
  });

  it("WORKER_UNAVAILABLE, task failed for an exception, with its cause, and the thread stays", async () => {
    open(1, 10);
    await expect(run("throw")).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "task failed" },
      cause: { message: "as the test asked" },
    });
    expect(await run(square(3))).toBe(9);
  });

  it("WORKER_UNAVAILABLE, worker ended for an exit", async () => {
    open(1, 10);
    await expect(run("exit")).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "worker ended", exitCode: 7 },
    });
    expect(await run(square(4))).toBe(16);
  });

  it("WORKER_UNAVAILABLE, worker ended for a module that does not exist", async () => {
    pool = new WorkerPool({ url: new URL("./absent.ts", import.meta.url), workers: 1, queuedMax: 1 });
    await expect(run("exit")).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "worker ended" },
    });
  });

  it("WORKER_UNAVAILABLE, pool closed after finishing accepted tasks", async () => {
    open(1, 10);
    const taken = [run(square(5, 20)), run(square(6))];
    const closed = pool.close();
    await expect(run(square(7))).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "pool closed" },
    });
    await closed;
    expect(await Promise.all(taken)).toEqual([25, 36]);
  });

  it("WORKER_FAILED for running, waiting and new tasks if a vital thread ended", async () => {
    const failures: unknown[] = [];
    const onFailed = (error: unknown): void => void failures.push(error);
    const vital = { name: "squares", answerMsMax: 100, scheduler: new VirtualTime(), onFailed };
    pool = new WorkerPool({ url, workers: 1, queuedMax: 1, vital });
    const outcomes = await Promise.allSettled([run("exit"), run(square(2))]);
    outcomes.push(...(await Promise.allSettled([run(square(3))])));
    expect(failures).toMatchObject([
      { code: "WORKER_FAILED", facts: { worker: "squares", reason: "worker ended", exitCode: 7 } },
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: failures[0] });
  });

  it("WORKER_UNAVAILABLE, no answer in time, and the next task gets a new thread", async () => {
    const scheduler = new VirtualTime();
    pool = new WorkerPool({ url, workers: 1, queuedMax: 1, limit: { answerMsMax: 100, scheduler } });
    const slow = run(square(2, 600_000)).catch((error: unknown) => error);
    await scheduler.run(100);
    const facts = { reason: "no answer in time", answerMsMax: 100 };
    expect(await slow).toMatchObject({ code: "WORKER_UNAVAILABLE", facts });
    expect(await run(square(3))).toBe(9);
  });

  it("refuses a task that cannot be cloned without losing the thread", async () => {
    open(1, 10);
    const unsendable = { square: (() => 1) as unknown as number, delayMs: 0 };
    await expect(run(unsendable)).rejects.toMatchObject({ name: "DataCloneError" });
    expect(await run(square(2))).toBe(4);
  });
});
