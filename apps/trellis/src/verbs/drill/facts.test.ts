import { describe, expect, it } from "vitest";
import { contradictions, differences, lostBefore, type Position, recoveryPoint } from "./facts.ts";

describe("BACKUP-25: what a drill compares", () => {
  it("finds facts that are missing or have another value", () => {
    const recorded = new Map([
      ["certificate 1", "a"],
      ["certificate 2", "b"],
      ["balance", "5"],
    ]);
    expect(differences(recorded, new Map([...recorded, ["certificate 3", "c"]]))).toEqual([]);
    const found = new Map([
      ["certificate 1", "a"],
      ["balance", "6"],
    ]);
    expect(differences(recorded, found)).toEqual(["certificate 2: missing", "balance: 6 instead of 5"]);
  });

  it("finds positions with two values, per signer", () => {
    const vote = (change: Partial<Position> = {}): Position => ({
      signer: "a",
      height: 7,
      round: 0,
      step: "precommit",
      value: "0x1",
      ...change,
    });
    const others = [
      vote(),
      vote({ signer: "b", value: "0x2" }),
      vote({ height: 8, value: "0x2" }),
      vote({ round: 1, value: "0x2" }),
      vote({ step: "prevote", value: "0x2" }),
    ];
    expect(contradictions([vote(), ...others])).toEqual([]);
    expect(contradictions([vote(), ...others, vote({ value: "0x2" })])).toEqual([
      "precommit of a at height 7, round 0: 0x2 after 0x1",
    ]);
    expect(contradictions([vote({ value: null }), vote()])).toHaveLength(1);
  });

  it("measures what was acknowledged after the restored time", () => {
    const writes = [100, 200, 350].map((acknowledgedMs) => ({
      name: `at ${acknowledgedMs}`,
      acknowledgedMs,
    }));
    expect(recoveryPoint(writes, 200)).toEqual({ lostMs: 150, writes: 3, lostWrites: 1 });
    expect(recoveryPoint(writes, 400)).toEqual({ lostMs: 0, writes: 3, lostWrites: 0 });
    expect(lostBefore(200, writes, new Set(["at 100", "at 200"]))).toEqual([]);
    expect(lostBefore(200, writes, new Set(["at 100", "at 350"]))).toEqual(["at 200: missing"]);
  });
});
