import { type Metrics, silentMetrics } from "@trellis/base";
import { beforeEach, expect, it } from "vitest";
import { trellisErrors } from "../../errors.ts";
import type { ForkBlock } from "./ForkReader.ts";
import type { AnswerTo, Question } from "./forkMessages.ts";
import { watchFork } from "./watchFork.ts";

const BLOCK: ForkBlock = {
  chainId: 5,
  number: 100,
  hash: `0x${"ab".repeat(32)}`,
  stateRoot: `0x${"cd".repeat(32)}`,
  timestampMs: 0,
  baseFee: undefined,
};
const ACCOUNT = { kind: "account", block: BLOCK, address: `0x${"11".repeat(20)}` } as const;
const REQUEST = { kind: "request", block: BLOCK, method: "eth_unknown", params: [] } as const;
const PROBLEM = "value of the forked chain cannot be read (reason: HTTP status 503, host: node.example)";

let asked: string[];
let observed: unknown[];
let delays: number[];
let task: (() => void) | undefined;
let isGone: boolean;
beforeEach(() => {
  asked = [];
  observed = [];
  delays = [];
  task = undefined;
  isGone = false;
});

function open() {
  let nowMs = 0;
  const answer = <Q extends Question>({ kind }: Q): AnswerTo<Q> => {
    asked.push(kind);
    nowMs += 2_000;
    if (isGone) throw trellisErrors.FORK_READ_FAILED({ reason: "HTTP status 503", host: "node.example" });
    if (kind === "request") throw trellisErrors.FORK_READ_FAILED({ reason: "method not found" });
    return true as AnswerTo<Q>;
  };
  const thread = {
    ask: async <Q extends Question>(question: Q) => answer(question),
    askNow: answer,
    end: async () => void asked.push("end"),
  };
  const metrics: Metrics = {
    ...silentMetrics,
    histogram: () => ({ observe: (value, labels) => void observed.push([value, labels]) }),
  };
  const after = (ms: number, run: () => void) => {
    delays.push(ms);
    task = run;
    const cancel = () => {
      task = undefined;
    };
    return { cancel };
  };
  return watchFork(thread, { metrics, clock: { nowMs: () => nowMs }, scheduler: { after } });
}

async function runTask(): Promise<void> {
  task?.();
  for (let turn = 0; turn < 3; turn++) await null;
}

it("a node that is gone is a problem until it answers again, without a further read [DEV-7]", async () => {
  const fork = open();
  expect(fork.askNow(ACCOUNT)).toBe(true);
  isGone = true;
  expect(() => fork.askNow(ACCOUNT)).toThrow(/cannot be read/);
  await expect(fork.ask(ACCOUNT)).rejects.toThrow(/cannot be read/);
  expect(delays).toEqual([0]);
  await runTask();
  expect(fork.problem()).toBe(PROBLEM);
  await runTask();
  expect(fork.problem()).toBe(PROBLEM);
  isGone = false;
  await runTask();
  expect(fork.problem()).toBeUndefined();
  expect([asked, delays]).toEqual([
    ["account", "account", "account", "check", "check", "check"],
    [0, 5_000, 5_000],
  ]);
  const [done, failed] = [observed[0], observed[1]];
  expect(done).toEqual([2, { kind: "account", outcome: "done" }]);
  expect(failed).toEqual([2, { kind: "account", outcome: "failed" }]);
});

it("a method that the node refuses is no problem", async () => {
  const fork = open();
  await expect(fork.ask(REQUEST)).rejects.toThrow();
  await runTask();
  expect(fork.problem()).toBeUndefined();
  expect([asked, delays]).toEqual([["request", "check"], [0]]);
});

it("another chain is a problem at once; the end stops the questions", async () => {
  const fork = open();
  isGone = true;
  await expect(fork.ask({ kind: "check", block: BLOCK })).rejects.toThrow();
  expect(fork.problem()).toBe(PROBLEM);
  await fork.end();
  await runTask();
  expect(asked).toEqual(["check", "end"]);
});
