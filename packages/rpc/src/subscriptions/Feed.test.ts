import { describe, expect, it } from "vitest";
import type { Client } from "../Session.ts";
import { VirtualTime } from "../testing/VirtualTime.ts";
import { Feed } from "./Feed.ts";

function open({ lagMsMax = 1_000 } = {}) {
  const time = new VirtualTime();
  const listeners = new Set<(event: number) => void>();
  const source = {
    subscribe(listener: (event: number) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  let pauses = 0;
  const scheduler = {
    after: (delayMs: number, task: () => void) => {
      pauses++;
      return time.after(delayMs, task);
    },
  };
  const feed = new Feed(source, { clock: time, scheduler, lagMsMax });
  const told: string[] = [];
  const disconnected: string[] = [];
  const client = (name: string): Client => ({ disconnect: () => disconnected.push(name) });
  const join = (of: Client, name: string, { messages = 1, costMs = 0 } = {}) =>
    feed.join(
      of,
      (json) => {
        told.push(json);
        time.advance(costMs);
      },
      function* (event) {
        for (let message = 0; message < messages; message++) yield `${name}${event}`;
      },
    );
  const announce = (event: number) => {
    for (const listener of [...listeners]) listener(event);
  };
  const settled = async (): Promise<void> => {
    for (let idle = 0, before = pauses; idle < 5; idle = pauses === before ? idle + 1 : 0, before = pauses) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  return { time, listeners, told, disconnected, client, join, announce, settled, pauseCount: () => pauses };
}

describe("feed [RPC-14]", () => {
  it("sends all events since the subscription, in order, after they were announced", async () => {
    const { told, client, join, announce, settled } = open();
    join(client("a"), "a");
    announce(1);
    join(client("b"), "b");
    announce(2);
    expect(told).toEqual([]);
    await settled();
    expect(told.filter((message) => message.startsWith("a"))).toEqual(["a1", "a2"]);
    expect(told.filter((message) => message.startsWith("b"))).toEqual(["b2"]);
    announce(3);
    await settled();
    expect(told.slice(-2).toSorted()).toEqual(["a3", "b3"]);
  });

  it("sends a further subscription of a client nothing from before it", async () => {
    const { told, client, join, announce, settled } = open();
    const both = client("b");
    join(both, "x");
    announce(1);
    join(both, "y");
    announce(2);
    await settled();
    expect(told).toEqual(["x1", "x2", "y2"]);
  });

  it("yields between slices, and alternates between clients", async () => {
    const { told, client, join, announce, settled, pauseCount } = open({ lagMsMax: 10_000 });
    const greedy = client("g");
    for (let reader = 0; reader < 20; reader++) join(greedy, "g", { messages: 20, costMs: 1 });
    join(client("m"), "m", { costMs: 1 });
    for (const event of [1, 2, 3]) announce(event);
    await settled();
    expect(told).toHaveLength(3 * (20 * 20 + 1));
    expect(told.slice(0, 12).filter((message) => message.startsWith("m"))).toEqual(["m1", "m2", "m3"]);
    expect(pauseCount()).toBeGreaterThanOrEqual(Math.floor(told.length / 10));
  });

  it("disconnects a client that is too far behind, and nobody else", async () => {
    const { told, disconnected, client, join, announce, settled } = open();
    const greedy = client("g");
    for (let reader = 0; reader < 20; reader++) join(greedy, "g", { messages: 100, costMs: 1 });
    join(client("m"), "m");
    for (const event of [1, 2, 3]) announce(event);
    await settled();
    expect(disconnected).toEqual(["g"]);
    expect(told.filter((message) => message.startsWith("m"))).toEqual(["m1", "m2", "m3"]);
    expect(told.length).toBeLessThan(1_100);
  });

  it("sends nothing to disconnected clients, and listens only while it has clients", async () => {
    const { told, listeners, client, join, announce, settled } = open();
    const both = client("b");
    const leaves = [join(both, "x"), join(both, "y")];
    join(client("c"), "c")();
    expect(listeners.size).toBe(1);
    announce(1);
    leaves[0]!();
    await settled();
    expect(told).toEqual(["y1"]);
    announce(2);
    leaves[1]!();
    leaves[1]!();
    await settled();
    expect([told, listeners.size]).toEqual([["y1"], 0]);
    join(both, "z");
    announce(3);
    await settled();
    expect(told).toEqual(["y1", "z3"]);
  });
});
