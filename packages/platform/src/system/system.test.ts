import { describe, expect, it } from "vitest";
import { systemClock, systemPace, systemRandom, systemScheduler } from "./index.ts";

describe("system adapters", () => {
  it("the clock tells milliseconds since 1970", () => {
    expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000);
  });

  it("chance differs from call to call and has the length that was asked for", () => {
    expect(systemRandom.bytes(0)).toHaveLength(0);
    expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32));
  });

  it("a task runs later, unless it is cancelled", async () => {
    const ran: string[] = [];
    systemScheduler.after(0, () => ran.push("cancelled")).cancel();
    await new Promise<void>((resolve) => {
      systemScheduler.after(1, () => {
        ran.push("ran");
        resolve();
      });
      expect(ran).toEqual([]);
      // The scheduler's own timers do not keep the process alive.
      setTimeout(() => {}, 1_000);
    });
    expect(ran).toEqual(["ran"]);
  });

  it("a delay that is longer than the event loop's longest does not run at once", async () => {
    let hasRun = false;
    const timer = systemScheduler.after(2 ** 40, () => {
      hasRun = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    timer.cancel();
    expect(hasRun).toBe(false);
  });

  it("a pace is due after a slice of work, and others have their turn in its pause", async () => {
    const pace = systemPace;
    await pace.pause();
    expect(pace.isDue()).toBe(false);
    const startedMs = pace.processorMs();
    while (!pace.isDue()) Math.sqrt(2);
    // A slice is 8 ms of wall time, and most of it is spent here.
    expect(pace.processorMs() - startedMs).toBeGreaterThan(0);
    const order: string[] = [];
    setImmediate(() => order.push("another"));
    await pace.pause();
    order.push("here");
    expect(order).toEqual(["another", "here"]);
    expect(pace.isDue()).toBe(false);
  });
});
