import { expect, it } from "vitest";
import { type SoakSample, soakProblems } from "./soakProblems.ts";

function samples(memory: (index: number) => number, height = (index: number) => index * 10): SoakSample[] {
  return Array.from({ length: 40 }, (_, index) => ({
    node: "node 1",
    minute: index / 2,
    height: height(index),
    memoryBytes: memory(index),
    lagP99Ms: 20,
    answers: 1_000 * (index + 1),
    errors: 1,
  }));
}

it("accepts memory that grows at first and then varies", () => {
  expect(soakProblems(samples((index) => Math.min(index, 8) * 50e6 + (index % 5) * 15e6))).toEqual([]);
});

it("finds a leak, and a stall of one node of several", () => {
  expect(soakProblems(samples((index) => 200e6 + index * 10e6))).toEqual([
    "node 1: memory grew to 1.51 times its size",
  ]);
  const stalled = samples(
    () => 200,
    (index) => (index < 30 ? index : 29),
  );
  const other = samples(() => 200).map((sample) => ({ ...sample, node: "node 2" }));
  expect(soakProblems([...other, ...stalled].sort((a, b) => a.minute - b.minute))).toEqual(
    Array.from(
      { length: 10 },
      (_, index) => `node 1: no new block before minute ${(15 + index / 2).toFixed(1)}`,
    ),
  );
});

it("finds more memory than all caches take", () => {
  expect(soakProblems(samples(() => 1.3e9))).toEqual(["node 1: 1300 MB of memory"]);
});

it("finds lag in half of the samples, and errors above one in a thousand", () => {
  const calm = samples(() => 200);
  const slow = (count: number) =>
    calm.map((sample, index) => (index < count ? { ...sample, lagP99Ms: 501 } : sample));
  expect(soakProblems(slow(19))).toEqual([]);
  expect(soakProblems(slow(21))).toEqual(["node 1: event loop lag of 501 ms"]);
  const failed = (errors: number) => calm.map((sample) => ({ ...sample, answers: 10_000, errors }));
  expect(soakProblems(failed(10))).toEqual([]);
  expect(soakProblems(failed(11))).toEqual(["node 1: 11 of 10000 requests failed"]);
  expect(soakProblems(calm.map((sample) => ({ ...sample, answers: 0, errors: 0 })))).toEqual([
    "node 1: 0 of 0 requests failed",
  ]);
});
