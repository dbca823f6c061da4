import type { Pace } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { AnswerQueue } from "./AnswerQueue.ts";

function heldPace() {
  const held: (() => void)[] = [];
  const pace: Pace = {
    isDue: () => true,
    pause: () => new Promise<void>((resolve) => held.push(resolve)),
    processorMs: () => 0,
  };
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const go = async (): Promise<void> => {
    held.shift()!();
    await settled();
  };
  return { pace, go, settled, held };
}

describe("SYNC-18: large answers", () => {
  it("are computed one after another, each in a turn of the event loop", async () => {
    const { pace, go, settled, held } = heldPace();
    const answerQueue = new AnswerQueue(pace);
    const done: string[] = [];
    const { promise: first, resolve: endFirst } = Promise.withResolvers<void>();
    const answers = [
      answerQueue.run(async () => {
        done.push("first begins");
        await first;
        done.push("first ends");
      }),
      answerQueue.run(async () => done.push("second")),
    ];
    await settled();
    expect([done, held.length]).toEqual([[], 1]);
    await go();
    expect([done, held.length]).toEqual([["first begins"], 0]);
    endFirst();
    await settled();
    expect([done, held.length]).toEqual([["first begins", "first ends"], 1]);
    await go();
    expect(done).toEqual(["first begins", "first ends", "second"]);
    await Promise.all(answers);
  });

  it("do not wait for a failed one", async () => {
    const { pace, go, settled } = heldPace();
    const answerQueue = new AnswerQueue(pace);
    const failing = answerQueue.run(() => Promise.reject(new Error("no")));
    const next = answerQueue.run(async () => 7);
    const failed = expect(failing).rejects.toThrow("no");
    await settled();
    await go();
    await go();
    await failed;
    expect(await next).toBe(7);
  });

  it("are computed at once on a dedicated thread", () => {
    const done: string[] = [];
    void new AnswerQueue(undefined).run(async () => done.push("answer"));
    expect(done).toEqual(["answer"]);
  });
});
