import { silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { dbErrors } from "../db/index.ts";
import type { Events, StoredEvent } from "../events/index.ts";
import { openEventStream } from "./openEventStream.ts";

function storedEvents() {
  const stored: StoredEvent[] = [];
  const state = { isDown: false, kept: 0, readCount: 0, publish: (_count?: number) => {} };
  const answer = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve();
    if (state.isDown) throw dbErrors.DB_CONNECTION_LOST();
    return value();
  };
  state.publish = (count = 1) => {
    for (let more = 0; more < count; more += 1)
      stored.push({ sequence: BigInt(stored.length + 1), kind: "a", data: {}, timeMs: 1 });
    look.resolve();
  };
  let look = Promise.withResolvers<void>();
  const read: Events["read"] = (after, limit) => {
    state.readCount += 1;
    return answer(() => stored.slice(Math.max(Number(after), state.kept)).slice(0, limit));
  };
  const events: Pick<Events, "newest" | "read" | "follow"> = {
    newest: () => answer(() => BigInt(stored.length)),
    read,
    async *follow(after, signal) {
      signal.addEventListener("abort", () => look.resolve());
      for (let seen = after; !signal.aborted; await look.promise) {
        look = Promise.withResolvers<void>();
        const page = await read(seen, 100);
        yield page;
        seen = page.at(-1)?.sequence ?? seen;
      }
    },
  };
  return Object.assign(state, { events });
}

it("watchers are notified again when the database is back, including events from the outage", async () => {
  const time = new VirtualTime();
  const stored = storedEvents();
  const stream = openEventStream(stored.events, { scheduler: time, log: silentLog, metrics: silentMetrics });
  let notifiedCount = 0;
  stream.watch(() => {
    notifiedCount += 1;
  });
  await time.run(0);
  stored.publish();
  await time.run(0);
  const before = notifiedCount;
  expect(before).toBeGreaterThan(0);
  stored.isDown = true;
  stored.publish();
  await time.run(60_000);
  expect(notifiedCount).toBe(before);
  stored.isDown = false;
  await time.run(60_000);
  expect(notifiedCount).toBeGreaterThan(before);
  const again = notifiedCount;
  stored.publish();
  await time.run(0);
  expect(notifiedCount).toBeGreaterThan(again);
  await stream.close();
});

it("API-16: an event read by the follower is read once for all watchers, and separately only by lagging ones", async () => {
  const time = new VirtualTime();
  const stored = storedEvents();
  stored.publish(3);
  const stream = openEventStream(stored.events, { scheduler: time, log: silentLog, metrics: silentMetrics });
  await time.run(0);
  const watch = (from: number): number[] => {
    const seen: number[] = [];
    const pump = async (): Promise<void> => {
      const found = await stream.read(seen.at(-1) ?? from, 256);
      const news = found.filter(({ position }) => position > (seen.at(-1) ?? from));
      seen.push(...news.map(({ position }) => position));
      if (news.length > 0) await pump();
    };
    stream.watch(() => void pump());
    return seen;
  };
  const reads = async (publish: number): Promise<number> => {
    const before = stored.readCount;
    stored.publish(publish);
    await time.run(0);
    return stored.readCount - before;
  };
  const alone = watch(3);
  const one = await reads(50);
  const many = Array.from({ length: 50 }, () => watch(53));
  expect(await reads(50)).toBe(one);
  expect(alone.at(-1)).toBe(103);
  for (const seen of many) expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => 54 + n));
  const behind = watch(0);
  expect(await reads(1)).toBeGreaterThan(one);
  expect(behind).toEqual(Array.from({ length: 104 }, (_, n) => 1 + n));
  await stream.close();
});

it("a follower that restarts continues where it was, and reads missed events once", async () => {
  const time = new VirtualTime();
  const stored = storedEvents();
  const stream = openEventStream(stored.events, { scheduler: time, log: silentLog, metrics: silentMetrics });
  await time.run(0);
  stored.publish();
  await time.run(0);
  stored.isDown = true;
  stored.publish(2);
  await time.run(10_000);
  stored.isDown = false;
  await time.run(10_000);
  const before = stored.readCount;
  expect((await stream.read(0, 9)).map(({ position }) => position)).toEqual([1, 2, 3]);
  expect(stored.readCount).toBe(before);
  await stream.close();
});

it("the oldest retained event is correct while another is published", async () => {
  const time = new VirtualTime();
  const stored = storedEvents();
  const { read, newest } = stored.events;
  let isDisturbed = false;
  const disturb = (): void => {
    if (isDisturbed) stored.publish();
  };
  const besideEachStatement = {
    ...stored.events,
    newest: () => newest().finally(disturb),
    read: (after: bigint, limit: number) => read(after, limit).finally(disturb),
  };
  const stream = openEventStream(besideEachStatement, {
    scheduler: time,
    log: silentLog,
    metrics: silentMetrics,
  });
  stored.publish();
  stored.kept = 1;
  await time.run(0);
  isDisturbed = true;
  expect(await stream.oldest()).toBe(2);
  await stream.close();
});
