import type { Labels } from "@trellis/base";
import type { FinalityStatus } from "@trellis/protocol";
import { expect, it } from "vitest";
import { measureFinality } from "./measureFinality.ts";

const member = (index: number, signed: number, missed: number) => ({
  index,
  address: `0x${"00".repeat(20)}` as const,
  publicKey: new Uint8Array(48),
  power: 1n,
  signed,
  missed,
});

const status: FinalityStatus = {
  epoch: 3,
  validators: [member(0, 9, 1), member(1, 6, 4)],
  self: 1,
  finalized: { height: 40, hash: `0x${"11".repeat(32)}`, number: 90 },
  vote: { height: 41, round: 2, step: "prevote" },
  lagBlocks: 5,
  lagMs: 2_500,
  isFinalizing: true,
  signing: "listening",
  listeningFor: "others",
};

function measured(...statuses: readonly FinalityStatus[]): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  const measure = measureFinality({
    counter: () => ({ add() {} }),
    gauge: ({ name }) => ({
      set: (value, labels: Labels = {}) => void values.set([name, ...Object.values(labels)].join(" "), value),
    }),
    histogram: () => ({ observe() {} }),
  });
  for (const each of statuses) measure(each, 2);
  return values;
}

it("reports the progress of finality", () => {
  expect(Object.fromEntries(measured(status))).toEqual({
    trellis_finality_height: 40,
    trellis_finality_round: 2,
    trellis_finality_epoch: 3,
    trellis_finality_validators: 2,
    trellis_finality_lag_blocks: 5,
    trellis_finality_lag_seconds: 2.5,
    trellis_finality_active: 1,
    trellis_finality_participation_ratio: 0.75,
    trellis_finality_own_votes_missed: 4,
    trellis_finality_signing: 0,
    "trellis_finality_listening others": 1,
    "trellis_finality_listening time": 0,
    "trellis_finality_listening block": 0,
    "trellis_finality_listening certificates": 0,
    "trellis_finality_listening votes": 0,
    trellis_finality_evidence: 2,
  });
});

it("on an observing node, and on a network without validators", () => {
  const idle = { ...status, validators: [], self: undefined, vote: undefined, isFinalizing: false };
  const values = measured(status, idle);
  expect(values.get("trellis_finality_active")).toBe(0);
  expect(values.get("trellis_finality_own_votes_missed")).toBe(0);
  expect(values.get("trellis_finality_participation_ratio")).toBe(1);
  expect(values.get("trellis_finality_round")).toBe(0);
});
