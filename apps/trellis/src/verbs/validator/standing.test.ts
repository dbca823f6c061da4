import { describe, expect, it } from "vitest";
import { signingOf, standingOf } from "./standing.ts";

const registered = {
  key: "0x",
  commission: 0n,
  isCandidate: true,
  isJailed: false,
  isTombstoned: false,
  jailedUntil: 0n,
};

describe("trellis validator status", () => {
  it("STAKE-16: shows the epoch in which jail ends", () => {
    const jailed = { ...registered, isCandidate: false, isJailed: true, jailedUntil: 7n };
    expect(standingOf(jailed, false, 6)).toBe("jailed until epoch 7");
    for (const epoch of [7, 8]) expect(standingOf(jailed, false, epoch)).toContain("can unjail");
    expect(standingOf({ ...jailed, isTombstoned: true }, false, 7)).toContain("tombstoned");
  });

  it("STAKE-3: shows whether a validator votes, will vote or does not", () => {
    expect(standingOf(registered, true, 1)).toBe("votes");
    expect(standingOf({ ...registered, isCandidate: false }, true, 1)).toBe("votes until the epoch ends");
    expect(standingOf(registered, false, 1)).toContain("candidate: may vote");
    expect(standingOf({ ...registered, isCandidate: false }, false, 1)).toContain("no candidate");
  });

  it("FINAL-12: shows whether the key signs, and why not", () => {
    expect(signingOf({ signing: "signing" })).toBe("yes");
    expect(signingOf({ signing: "listening", listeningFor: "others" })).toBe(
      "no: observing, waiting for others (doppelganger protection)",
    );
    expect(signingOf({ signing: "listening" })).toBe("no: observing (doppelganger protection)");
    expect(signingOf({ signing: "stopped" })).toContain("another node");
  });
});
