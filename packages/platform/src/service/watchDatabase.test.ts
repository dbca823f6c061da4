import type { TrellisError } from "@trellis/base";
import { expect, it } from "vitest";
import { dbErrors } from "../db/index.ts";
import { watchDatabase } from "./watchDatabase.ts";

const HAS_ROOM = {
  shortage: () => undefined,
  tryRoom: async () => {
    throw new RangeError("nothing lacked");
  },
};

function watched(
  answer: () => Promise<unknown>,
  room: { shortage: () => TrellisError | undefined; tryRoom: () => Promise<void> } = HAS_ROOM,
) {
  let nowMs = 0;
  let task = (): void => {};
  const scheduler = {
    after: (_: number, next: () => void) => {
      task = next;
      return { cancel: () => {} };
    },
  };
  const query = answer as unknown as Parameters<typeof watchDatabase>[0]["query"];
  const watch = watchDatabase(
    { query, ...room },
    { clock: { nowMs: () => nowMs }, scheduler: scheduler as never },
  );
  return {
    check: watch.check,
    async look(atMs: number) {
      nowMs = atMs;
      task();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it("reports the code of a failing database until it answers again", async () => {
  let isDown = true;
  const { check, look } = watched(async () => {
    if (isDown) throw dbErrors.DB_CONNECTION_LOST();
  });
  expect(check()).toBeUndefined();
  await look(3_000);
  expect(check()).toBe("DB_CONNECTION_LOST");
  isDown = false;
  await look(6_000);
  expect(check()).toBeUndefined();
});

it("DB_RESOURCES_EXHAUSTED: reports at once a database that cannot write, until space is available", async () => {
  const full = dbErrors.DB_RESOURCES_EXHAUSTED({ sqlState: "53100" });
  let shortage: TrellisError | undefined;
  let isFull = true;
  const { check, look } = watched(async () => [], {
    shortage: () => shortage,
    async tryRoom() {
      if (isFull) throw full;
      shortage = undefined;
    },
  });
  await look(3_000);
  expect(check()).toBeUndefined();
  shortage = full;
  expect(check()).toBe("DB_RESOURCES_EXHAUSTED");
  await look(6_000);
  expect(check()).toBe("DB_RESOURCES_EXHAUSTED");
  isFull = false;
  await look(9_000);
  expect(check()).toBeUndefined();
});

it("asks an unresponsive database once, and reports it after a while", async () => {
  let askedCount = 0;
  const { check, look } = watched(() => {
    askedCount += 1;
    return new Promise(() => {});
  });
  await look(3_000);
  await look(19_000);
  expect(check()).toBeUndefined();
  await look(31_000);
  expect(check()).toBe("no response for 31 s");
  expect(askedCount).toBe(1);
});
