import { expect, it } from "vitest";
import { SerialQueue } from "./SerialQueue.ts";

it("runs tasks in order, also after a failure, and returns each result", async () => {
  const queue = new SerialQueue();
  const seen: string[] = [];
  const work = (name: string, result: () => number) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    return result();
  };
  const fails = queue.run(
    work("a", () => {
      throw new Error("a fails");
    }),
  );
  const gives = queue.run(work("b", () => 7));
  await expect(fails).rejects.toThrow("a fails");
  expect(await gives).toBe(7);
  expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});

it("is idle only after the tasks added meanwhile", async () => {
  const queue = new SerialQueue();
  const seen: string[] = [];
  queue.run(() => {
    seen.push("first");
    queue.run(() => seen.push("second"));
  });
  await queue.idle();
  expect(seen).toEqual(["first", "second"]);
});
