import { defineErrors, type Labels, type Metrics, silentMetrics } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { createGuard, type GuardOptions } from "./createGuard.ts";

const code = (name: string, reason?: string) =>
  expect.objectContaining({
    code: name,
    ...(reason === undefined ? {} : { facts: expect.objectContaining({ reason }) }),
  });
const options: GuardOptions = { name: "node", timeoutMs: 1_000, retriesMax: 2, retryPauseMs: 1 };
const errors = defineErrors({
  LINE_BUSY: { message: "", hint: "", consequence: "retry" },
  NUMBER_WRONG: { message: "", hint: "", consequence: "reject" },
});
const passing = () => errors.LINE_BUSY();
const lasting = () => errors.NUMBER_WRONG();

describe("guard", () => {
  it("retries transient failures, and no others", async () => {
    const guard = createGuard(options, { metrics: silentMetrics });
    let calls = 0;
    const twice = guard.run(async () => {
      calls += 1;
      if (calls < 3) throw passing();
      return "done";
    });
    expect(await twice).toBe("done");
    calls = 0;
    const once = guard.run(async () => {
      calls += 1;
      throw lasting();
    });
    await expect(once).rejects.toThrowError(code("NUMBER_WRONG"));
    expect(calls).toBe(1);
    const never = guard.run(async () => Promise.reject(passing()));
    await expect(never).rejects.toThrowError(code("LINE_BUSY"));
  });

  it.each([
    [40, undefined, 40],
    [60_000, 30, 30],
    ["soon", undefined, 0],
  ])(
    "waits as long as an error asks (%j ms, at most %j)",
    async (retryAfterMs, retryPauseMsMax, waitedMs) => {
      const bound = retryPauseMsMax === undefined ? {} : { retryPauseMsMax };
      const guard = createGuard({ ...options, ...bound }, { metrics: silentMetrics });
      let calls = 0;
      const startedMs = performance.now();
      await guard.run(async () => {
        if (++calls < 2) throw errors.LINE_BUSY({ retryAfterMs });
      });
      expect(performance.now() - startedMs).toBeGreaterThan(waitedMs - 2);
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    },
  );

  it("CALL_TIMEOUT: the call's signal aborts", async () => {
    const guard = createGuard({ ...options, timeoutMs: 20, retriesMax: 0 }, { metrics: silentMetrics });
    let aborted: AbortSignal | undefined;
    const slow = guard.run(async (signal) => {
      aborted = signal;
      await new Promise(() => {});
    });
    await expect(slow).rejects.toThrowError(code("CALL_TIMEOUT"));
    expect(aborted?.aborted).toBe(true);
  });

  it("CALL_SUSPENDED: after consecutive failures suspends calls, then makes one trial call", async () => {
    const counted: string[] = [];
    const opened: number[] = [];
    const metrics: Metrics = {
      ...silentMetrics,
      counter: () => ({ add: (_, labels?: Labels) => counted.push(labels!.outcome!) }),
      gauge: () => ({ set: (value) => opened.push(value) }),
    };
    const guard = createGuard(
      { ...options, retriesMax: 0, breaker: { failures: 2, openMs: 500 } },
      { metrics },
    );
    for (let call = 0; call < 2; call += 1) {
      await expect(guard.run(async () => Promise.reject(passing()))).rejects.toThrowError(code("LINE_BUSY"));
    }
    await expect(guard.run(async () => 1)).rejects.toThrowError(code("CALL_SUSPENDED", "circuit open"));
    await new Promise((resolve) => setTimeout(resolve, 550));
    expect(await guard.run(async () => 1)).toBe(1);
    expect(counted).toEqual(["LINE_BUSY", "LINE_BUSY", "done"]);
    expect(opened.slice(0, 2)).toEqual([0, 1]);
    expect(opened.at(-1)).toBe(0);
  });

  it("CALL_SUSPENDED", async () => {
    const guard = createGuard(
      { ...options, retriesMax: 0, bulkhead: { concurrent: 1, waiting: 1 } },
      { metrics: silentMetrics },
    );
    const { promise, resolve } = Promise.withResolvers<number>();
    const under = [guard.run(() => promise), guard.run(() => promise)];
    await expect(guard.run(() => promise)).rejects.toThrowError(code("CALL_SUSPENDED", "bulkhead full"));
    resolve(7);
    expect(await Promise.all(under)).toEqual([7, 7]);
  });

  it("a waiting caller can abort", async () => {
    const guard = createGuard({ ...options, timeoutMs: 60_000 }, { metrics: silentMetrics });
    const stop = new AbortController();
    let calls = 0;
    const waiting = guard.run(async (signal) => {
      calls += 1;
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(lasting())));
    }, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toBeDefined();
    expect(calls).toBeLessThanOrEqual(1);
  });
});
