import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { systemClock, systemPace, systemRandom, systemScheduler } from "./index.ts";

describe("system adapters", () => {
  it("the clock returns milliseconds since 1970", () => {
    expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1_000);
  });

  it("random bytes differ between calls and have the requested length", () => {
    expect(systemRandom.bytes(0)).toHaveLength(0);
    expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32));
    const many = systemRandom.bytes(200_000);
    expect(many.subarray(131_072).some((byte) => byte !== 0)).toBe(true);
  });

  it("a task runs later, or not if it is cancelled", async () => {
    const ran: string[] = [];
    systemScheduler.after(0, () => ran.push("cancelled")).cancel();
    await new Promise<void>((resolve) => {
      systemScheduler.after(1, () => {
        ran.push("ran");
        resolve();
      });
      expect(ran).toEqual([]);
      setTimeout(() => {}, 1_000);
    });
    expect(ran).toEqual(["ran"]);
  });

  it("a delay beyond the event loop's maximum does not run at once", async () => {
    let hasRun = false;
    const timer = systemScheduler.after(2 ** 40, () => {
      hasRun = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    timer.cancel();
    expect(hasRun).toBe(false);
  });

  it("a pause is due after a slice of work, and other work runs in it", async () => {
    const pace = systemPace;
    await pace.pause();
    expect(pace.isDue()).toBe(false);
    const startedMs = pace.processorMs();
    while (!pace.isDue()) Math.sqrt(2);
    expect(pace.processorMs() - startedMs).toBeGreaterThan(0);
    const order: string[] = [];
    setImmediate(() => order.push("another"));
    await pace.pause();
    order.push("here");
    expect(order).toEqual(["another", "here"]);
    expect(pace.isDue()).toBe(false);
  });

  it("concurrent computations alternate, one per turn of the event loop", async () => {
    const order: string[] = [];
    const run = async (name: string) => {
      for (const slice of [1, 2]) {
        await systemPace.pause();
        order.push(`${name}${slice}`);
      }
    };
    const runs = Promise.all([run("a"), run("b")]);
    for (let turn = 1; turn <= 4; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(order).toHaveLength(turn);
    }
    await runs;
    expect(order).toEqual(["a1", "b1", "a2", "b2"]);
  });

  it("while connections arrive, only one turn in seventeen has a slice", async () => {
    const connections = 40;
    let accepted = 0;
    let slices = 0;
    const server = createServer(() => accepted++).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const clients = Array.from({ length: connections }, () => connect(port, "127.0.0.1"));
    while (accepted < connections) {
      await systemPace.pause();
      if (accepted > 0) slices++;
    }
    for (const client of clients) client.destroy();
    server.close();
    expect(slices).toBeGreaterThanOrEqual(2);
    expect(slices).toBeLessThanOrEqual(5);
  });
});
