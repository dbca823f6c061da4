import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../engine/EngineLimits.ts";
import { callInput, contractState } from "../testing/testState.ts";
import { JobPool, type JobPoolOptions } from "./JobPool.ts";
import { SLICE_MS } from "./ReadBudget.ts";
import { ManualScheduler } from "./testing/ManualScheduler.ts";

const MISBEHAVING = new URL("./testing/misbehavingWorker.ts", import.meta.url);
const GRACE_MS = 500;
const IDLE_MS = 60_000;

let pool: JobPool;
let scheduler: ManualScheduler;
afterEach(() => pool.close());

function open(options: Partial<JobPoolOptions> = {}): void {
  scheduler = new ManualScheduler(SLICE_MS);
  const times = { graceMs: GRACE_MS, idleMs: IDLE_MS };
  const defaults = { url: MISBEHAVING, workers: 1, queuedMax: 10, limits: DEFAULT_LIMITS, heapMib: 64 };
  pool = new JobPool({ ...defaults, ...times, ...options }, scheduler);
}

function cancellable() {
  const controller = new AbortController();
  const { signal } = controller;
  return { abort: () => controller.abort(), cancellation: { signal, isOver: () => signal.aborted } };
}

const isResult = (result: unknown): result is unknown => typeof result === "string";

function run(way: string, fields: Partial<Parameters<JobPool["run"]>[0]> = {}): Promise<unknown> {
  const { state, context, coinbase, request } = callInput(contractState(new Uint8Array(0)));
  const { blockHash: _, ...sent } = context;
  const input = { coinbase, context: sent, request: { ...request, data: new TextEncoder().encode(way) } };
  return pool.run({ state, context, task: () => ({ kind: "call", input }), isResult, ...fields });
}

async function hang(cancellation?: ReturnType<typeof cancellable>["cancellation"]) {
  const hanging = Promise.withResolvers<void>();
  const state = {
    ...contractState(new Uint8Array(0)),
    code() {
      hanging.resolve();
      return new Uint8Array(0);
    },
  };
  const call = run("hang", { state, cancellation });
  const outcome = call.catch((error) => error);
  await hanging.promise;
  return { outcome };
}

describe("JobPool", () => {
  it("starts threads on demand", async () => {
    open({ workers: 3 });
    expect(pool.threadCount).toBe(0);
    expect(await run("one")).toBe("one");
    expect(await run("another")).toBe("another");
    expect(pool.threadCount).toBe(1);
    expect(await Promise.all(["a", "b", "c", "d", "e"].map((way) => run(way)))).toEqual([..."abcde"]);
    expect(pool.threadCount).toBe(3);
  });

  it("WORKER_UNAVAILABLE, queue full", async () => {
    open({ queuedMax: 2 });
    const taken = [run("a"), run("b")];
    await expect(run("c")).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "queue full", queuedMax: 2 },
    });
    expect(await Promise.all(taken)).toEqual(["a", "b"]);
  });

  it("WORKER_UNAVAILABLE, worker ended for a worker that exits, and the next job gets another", async () => {
    open();
    const [died, next] = await Promise.allSettled([run("exit"), run("next")]);
    expect(died).toMatchObject({
      reason: { code: "WORKER_UNAVAILABLE", facts: { reason: "worker ended", exitCode: 7 } },
    });
    expect(next).toMatchObject({ value: "next" });
  });

  it("WORKER_UNAVAILABLE, worker ended for a worker that throws, with its cause", async () => {
    open();
    const [died, next] = await Promise.allSettled([run("throw"), run("next")]);
    expect(died).toMatchObject({
      reason: {
        code: "WORKER_UNAVAILABLE",
        facts: { reason: "worker ended" },
        cause: { message: "as the test asked" },
      },
    });
    expect(next).toMatchObject({ value: "next" });
  });

  it("WORKER_UNAVAILABLE, worker ended for each job whose worker cannot start", async () => {
    open({ url: new URL("./testing/absent.ts", import.meta.url) });
    for (const outcome of await Promise.allSettled([run("a"), run("b")])) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "WORKER_UNAVAILABLE", facts: { reason: "worker ended" } },
      });
    }
  });

  it("a job that cannot be cloned fails alone", async () => {
    open();
    const unsendable = run("a", { task: () => ({ kind: "call", input: (() => {}) as never }) });
    const next = run("next");
    await expect(unsendable).rejects.toMatchObject({ name: "DataCloneError" });
    expect(await next).toBe("next");
  });

  it("CALL_STOPPED at once; a thread that does not end in time is replaced", async () => {
    open();
    const { abort, cancellation } = cancellable();
    const { outcome: hanging } = await hang(cancellation);
    const next = run("next");
    abort();
    expect(await hanging).toMatchObject({ code: "CALL_STOPPED" });
    expect(pool.queuedCount).toBe(1);
    expect(scheduler.fire(GRACE_MS)).toBe(1);
    expect(await next).toBe("next");
  });

  it("CALL_STOPPED: a waiting job is dropped, and an aborted one is not accepted", async () => {
    open();
    const { abort, cancellation } = cancellable();
    await hang();
    let built = 0;
    const task = (): never => {
      built++;
      throw new RangeError();
    };
    const waiting = run("a", { cancellation, task });
    abort();
    await expect(waiting).rejects.toMatchObject({ code: "CALL_STOPPED" });
    await expect(run("b", { cancellation, task })).rejects.toMatchObject({ code: "CALL_STOPPED" });
    expect(pool.queuedCount).toBe(0);
    expect(built).toBe(0);
  });

  it("a stop after the answer has no effect", async () => {
    open();
    const { abort, cancellation } = cancellable();
    expect(await run("a", { cancellation })).toBe("a");
    abort();
    expect(scheduler.fire(GRACE_MS)).toBe(0);
    expect(await run("b")).toBe("b");
  });

  it("a thread that was idle for long ends, and one that works again does not", async () => {
    open();
    await run("a");
    const { outcome: hanging } = await hang();
    expect(scheduler.fire(IDLE_MS)).toBe(0);
    await pool.close();
    expect(await hanging).toMatchObject({ code: "WORKER_UNAVAILABLE", facts: { reason: "pool closed" } });
    open();
    await run("a");
    expect(scheduler.fire(IDLE_MS)).toBe(1);
    expect(await run("b")).toBe("b");
  });

  it("WORKER_UNAVAILABLE, pool closed for running, waiting and new jobs", async () => {
    open();
    const { outcome: hanging } = await hang();
    const waiting = run("a").catch((error) => error);
    await pool.close();
    expect(await hanging).toMatchObject({ code: "WORKER_UNAVAILABLE", facts: { reason: "pool closed" } });
    expect(await waiting).toMatchObject({ code: "WORKER_UNAVAILABLE", facts: { reason: "pool closed" } });
    await expect(run("b")).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "pool closed" },
    });
    expect(pool.threadCount).toBe(0);
  });
});
