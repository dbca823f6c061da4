import { expect, it } from "vitest";
import { describeVerdict } from "./describeVerdict.ts";
import { judge } from "./judge.ts";
import { mochaOutcomes } from "./mochaOutcomes.ts";

const OUTCOMES = [
  { title: "a passes" },
  { title: "b fails", failure: "gas" },
  { title: "c fails", failure: "revert" },
];

it("tells known differences from unexpected failures and passes", () => {
  const verdict = judge(OUTCOMES, { gas: ["b fails", "a passes", "is gone"] }, true);
  expect(verdict).toEqual({
    passed: 1,
    failed: 2,
    reasons: { gas: 1 },
    unexpectedFailures: [OUTCOMES[2]],
    unexpectedPasses: ["a passes", "is gone"],
  });
  expect(describeVerdict("suite", "the devnet", verdict)).toEqual([
    "suite on the devnet: 1 passed, 2 failed (33.33 % passed)",
    "  1 × gas",
    "  failed: c fails\n    revert",
    "  a known difference that did not fail: a passes",
    "  a known difference that did not fail: is gone",
  ]);
});

it("expects only differences of the tests that ran, if only a part ran", () => {
  expect(judge(OUTCOMES, { gas: ["b fails", "is gone"] }, false).unexpectedPasses).toEqual([]);
  expect(judge(OUTCOMES, { gas: ["a passes"] }, false).unexpectedPasses).toEqual(["a passes"]);
});

it("counts a hook that fails as a failed test", () => {
  const passes = [{ fullTitle: "a passes", err: {} }];
  const failures = [{ fullTitle: '"before each" hook for "b"', err: { message: "reverted\nat line" } }];
  expect(mochaOutcomes(JSON.stringify({ passes, failures }))).toEqual([
    { title: "a passes" },
    { title: '"before each" hook for "b"', failure: "reverted" },
  ]);
});
