import { silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { dbErrors } from "@trellis/platform/db";
import type { Events, StoredEvent } from "@trellis/platform/events";
import { expect, it } from "vitest";
import { openEventStream } from "./openEventStream.ts";

/** Stored events, of which nothing is kept before `kept`. Each statement takes a turn. */
function storedEvents() {
  const stored: StoredEvent[] = [];
  const state = { isDown: false, kept: 0, publish: () => {} };
  const answer = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve();
    if (state.isDown) throw dbErrors.DB_CONNECTION_LOST();
    return value();
  };
  state.publish = () => {
    stored.push({ sequence: BigInt(stored.length + 1), kind: "a", data: {}, timeMs: 1 });
    look.resolve();
  };
  let look = Promise.withResolvers<void>();
  const read: Events["read"] = (after, limit) =>
    answer(() => stored.slice(Math.max(Number(after), state.kept)).slice(0, limit));
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

it("who watches is told again when the database is there again, also of what came meanwhile", async () => {
  const time = new VirtualTime();
  const stored = storedEvents();
  const stream = openEventStream(stored.events, { scheduler: time, log: silentLog, metrics: silentMetrics });
  let toldCount = 0;
  stream.watch(() => {
    toldCount += 1;
  });
  await time.run(0);
  stored.publish();
  await time.run(0);
  const before = toldCount;
  expect(before).toBeGreaterThan(0);
  stored.isDown = true;
  stored.publish();
  await time.run(60_000);
  expect(toldCount).toBe(before);
  stored.isDown = false;
  await time.run(60_000);
  expect(toldCount).toBeGreaterThan(before);
  const again = toldCount;
  stored.publish();
  await time.run(0);
  expect(toldCount).toBeGreaterThan(again);
  await stream.close();
});

it("the oldest that is kept is not behind one that is published while somebody asks", async () => {
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
