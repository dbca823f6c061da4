import { expect, it } from "vitest";
import { runPaced, runSteps, type Steps } from "./steps.ts";

function* counting(done: number[]): Steps<string> {
  for (let step = 1; step <= 4; step++) {
    done.push(step);
    yield;
  }
  return "result";
}

it("runs all steps at once", () => {
  const done: number[] = [];
  expect(runSteps(counting(done))).toBe("result");
  expect(done).toEqual([1, 2, 3, 4]);
});

it("pauses only when a pause is due", async () => {
  const done: number[] = [];
  const pausedAfter: number[] = [];
  const pace = {
    isDue: () => done.length % 2 === 0,
    async pause() {
      pausedAfter.push(done.length);
    },
    processorMs: () => 0,
  };
  expect(await runPaced(counting(done), pace)).toBe("result");
  expect(pausedAfter).toEqual([2, 4]);
});

it("without a pace runs without a turn of the event loop", async () => {
  let isTurnOver = false;
  setImmediate(() => {
    isTurnOver = true;
  });
  expect(await runPaced(counting([]), undefined)).toBe("result");
  expect(isTurnOver).toBe(false);
});

it("passes on the error of a step", async () => {
  function* failing(): Steps<never> {
    yield;
    throw new Error("step failed");
  }
  expect(() => runSteps(failing())).toThrow("step failed");
  await expect(runPaced(failing(), undefined)).rejects.toThrow("step failed");
});
