import { describe, expect, it } from "vitest";
import { EventQueue } from "./EventQueue.ts";
import { RandomStream } from "./RandomStream.ts";
import { NOBODY, World } from "./World.ts";

describe("virtual time", () => {
  it("events are ordered by time, then by the seeded tie, then by creation", () => {
    const queue = new EventQueue();
    const rng = new RandomStream(1, "test");
    const events = Array.from({ length: 500 }, (_value, serial) => ({
      atMs: rng.below(20),
      tie: rng.below(3),
      serial,
      owner: NOBODY,
      label: "",
      run: () => {},
    }));
    for (const event of rng.shuffled(events)) queue.push(event);
    const popped = events.map(() => queue.pop()!);
    expect(popped).toEqual(
      events.toSorted((a, b) => a.atMs - b.atMs || a.tie - b.tie || a.serial - b.serial),
    );
    expect(queue.pop()).toBeUndefined();
  });

  it("a step ends when nothing is pending, and cancelled events do not occur", async () => {
    const world = new World(1);
    const happened: string[] = [];
    world.schedule(10, NOBODY, "late", () => happened.push(`late at ${world.nowMs}`));
    const cancelled = world.schedule(3, NOBODY, "never", () => happened.push("never"));
    world.schedule(5, NOBODY, "early", async () => {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      cancelled.cancel();
      happened.push(`early at ${world.nowMs}`);
    });
    world.schedule(1, NOBODY, "first", () => cancelled.cancel());
    while ((await world.step()) !== undefined);
    expect(happened).toEqual(["early at 5", "late at 10"]);
  });

  it("streams of randomness are independent", () => {
    const draw = (concern: string) => {
      const stream = new RandomStream(4, concern);
      return Array.from({ length: 20 }, () => stream.uint32());
    };
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
    const stream = new RandomStream(4, "mean");
    const mean =
      Array.from({ length: 20_000 }, () => stream.exponential(10)).reduce((sum, x) => sum + x, 0) / 20_000;
    expect(mean).toBeGreaterThan(9.6);
    expect(mean).toBeLessThan(10.4);
  });
});
