import { type LogFacts, silentLog } from "@trellis/base";
import { expect, it } from "vitest";
import { createProgress, type ProgressOptions } from "./createProgress.ts";

function open(isTerminal: boolean, options: Partial<ProgressOptions> = {}) {
  const written: string[] = [];
  const logged: LogFacts[] = [];
  const time = { nowMs: 0 };
  const progress = createProgress(
    { task: "verify", ...options },
    {
      stderr: { write: (text) => void written.push(String(text)), isTerminal },
      log: { ...silentLog, info: (event, facts) => void logged.push({ event, ...facts }) },
      clock: { nowMs: () => time.nowMs },
    },
  );
  return { progress, written, logged, time };
}

const CLEAR = "\r\x1b[K";

it("a terminal shows one line, with an estimate after a second", () => {
  const { progress, written, logged, time } = open(true);
  progress.report("blocks", 0, 20_000);
  time.nowMs = 99;
  progress.report("blocks", 10, 20_000);
  time.nowMs = 999;
  progress.report("blocks", 5_000, 20_000);
  time.nowMs = 2_000;
  progress.report("blocks", 10_000, 20_000);
  progress.report("state", 7);
  progress.end();
  expect(written).toEqual([
    `${CLEAR}verify: blocks, 0 of 20,000, 0 %\r`,
    `${CLEAR}verify: blocks, 5,000 of 20,000, 25 %\r`,
    `${CLEAR}verify: blocks, 10,000 of 20,000, 50 %, about 2 s left\r`,
    `${CLEAR}verify: state, 7\r`,
    CLEAR,
  ]);
  expect(logged).toEqual([]);
});

it.each([
  [119, "119 s"],
  [120, "2 min"],
  [7_140, "119 min"],
  [7_200, "2 h"],
])("%i s are shown as %s", (seconds, text) => {
  const { progress, written, time } = open(true);
  progress.report("blocks", 0, seconds + 1);
  time.nowMs = 1_000;
  progress.report("blocks", 1, seconds + 1);
  expect(written.at(-1)).toMatch(new RegExp(`, about ${text} left\\r$`));
});

it("an estimate counts from where its phase began", () => {
  const { progress, written, time } = open(true);
  progress.report("copy", 900, 1_000);
  time.nowMs = 1_000;
  progress.report("copy", 950, 1_000);
  expect(written.at(-1)).toContain(", about 1 s left");
});

it("elsewhere, log events follow each other after 10 s", () => {
  const { progress, written, logged, time } = open(false);
  progress.report("blocks", 1, 100);
  time.nowMs = 9_999;
  progress.report("blocks", 20, 100);
  expect(logged).toEqual([]);
  time.nowMs = 10_000;
  progress.report("blocks", 21, 101);
  progress.report("blocks", 22, 101);
  progress.end();
  const facts = { task: "verify", phase: "blocks", done: 21, total: 101, remainingS: 40 };
  expect(logged).toEqual([{ event: "task.progress", ...facts }]);
  expect(written).toEqual([]);
});

it("a start logs each of its steps", () => {
  const { progress, logged } = open(false, { logMs: 0 });
  progress.report("chain", 0, 2);
  progress.report("rpc", 1, 2);
  expect(logged.map(({ phase }) => phase)).toEqual(["chain", "rpc"]);
});
