import { describe, expect, it } from "vitest";
import { auditErrors } from "../../audit/errors.ts";
import { httpErrors } from "../errors.ts";
import { TestTime } from "../testing/TestTime.ts";
import { answerOnce, ONCE_DEFAULTS } from "./answerOnce.ts";
import { createMemoryIdempotencyStore } from "./createMemoryIdempotencyStore.ts";
import type { StoredAnswer } from "./IdempotencyStore.ts";

const REQUEST = { owner: "user:a", key: "k", fingerprint: "f" };
const ANSWER: StoredAnswer = { status: 200, headers: { a: "b" }, body: Buffer.from("{}") };

function ports() {
  const time = new TestTime();
  const scheduler = {
    after(delayMs: number, task: () => void) {
      time.move(delayMs);
      return time.after(0, task);
    },
  };
  return { time, store: createMemoryIdempotencyStore(), clock: time, scheduler };
}

describe("answer by idempotency key", () => {
  it("IDEMPOTENCY_IN_PROGRESS: the first request takes longer than the second waits", async () => {
    const mine = ports();
    const { promise, resolve } = Promise.withResolvers<StoredAnswer>();
    const first = answerOnce(REQUEST, () => promise, mine);
    const second = answerOnce(REQUEST, async () => ANSWER, mine);
    await expect(second).rejects.toMatchObject({
      code: "IDEMPOTENCY_IN_PROGRESS",
      facts: { retryAfterS: 1 },
    });
    resolve(ANSWER);
    expect(await first).toEqual({ answer: ANSWER, isRepeated: false });
    expect(await answerOnce(REQUEST, async () => ANSWER, mine)).toEqual({ answer: ANSWER, isRepeated: true });
  });

  it("the lease of a crashed process expires", async () => {
    const mine = ports();
    const crashed = answerOnce(REQUEST, () => new Promise<StoredAnswer>(() => {}), mine);
    mine.time.move(ONCE_DEFAULTS.leaseMs);
    expect(await answerOnce(REQUEST, async () => ANSWER, mine)).toMatchObject({ isRepeated: false });
    expect(crashed).toBeInstanceOf(Promise);
  });

  it("an answer expires", async () => {
    const mine = ports();
    await answerOnce(REQUEST, async () => ANSWER, mine);
    mine.time.move(ONCE_DEFAULTS.keepMs);
    expect(await answerOnce(REQUEST, async () => ANSWER, mine)).toMatchObject({ isRepeated: false });
  });

  it("completed work whose answer cannot be stored is not repeated at once", async () => {
    const mine = ports();
    const store = { ...mine.store, finish: () => Promise.reject(new Error("down")) };
    await expect(answerOnce(REQUEST, async () => ANSWER, { ...mine, store })).rejects.toThrow("down");
    const again = answerOnce(REQUEST, async () => ANSWER, mine);
    await expect(again).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
  });

  it.each([httpErrors.ANSWER_INVALID(), auditErrors.CHANGE_UNRECORDED()])(
    "$code: completed work is not repeated at once although its request fails",
    async (error) => {
      const mine = ports();
      await expect(answerOnce(REQUEST, () => Promise.reject(error), mine)).rejects.toBe(error);
      const again = answerOnce(REQUEST, async () => ANSWER, mine);
      await expect(again).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
    },
  );

  it("failed work that was rolled back is retried under the same key", async () => {
    const mine = ports();
    const error = httpErrors.OVERLOADED();
    await expect(answerOnce(REQUEST, () => Promise.reject(error), mine)).rejects.toBe(error);
    expect(await answerOnce(REQUEST, async () => ANSWER, mine)).toEqual({
      answer: ANSWER,
      isRepeated: false,
    });
  });

  it("deletes the oldest answers first", async () => {
    const store = createMemoryIdempotencyStore(1_000);
    const mine = { ...ports(), store };
    for (const key of ["1", "2", "3", "4"]) await answerOnce({ ...REQUEST, key }, async () => ANSWER, mine);
    expect(await answerOnce({ ...REQUEST, key: "1" }, async () => ANSWER, mine)).toMatchObject({
      isRepeated: false,
    });
    expect(await answerOnce({ ...REQUEST, key: "4" }, async () => ANSWER, mine)).toMatchObject({
      isRepeated: true,
    });
  });
});
