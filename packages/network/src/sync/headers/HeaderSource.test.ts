import { describe, expect, it } from "vitest";
import { FINALITY_GATE_LIMITS, ROUND_LIMITS } from "../limits.ts";
import {
  afterRound,
  compareRanks,
  type HeaderSource,
  hasChances,
  NEW_SOURCE,
  rank,
  type SourceNow,
} from "./HeaderSource.ts";

const NOW_MS = 1_000_000;
const at = (nowMs: number): SourceNow => ({ isDeferred: false, isFork: false, nowMs });
const NOW = at(NOW_MS);
const FORK: SourceNow = { ...NOW, isFork: true };
const source = (change: Partial<HeaderSource> = {}): HeaderSource => ({ ...NEW_SOURCE, ...change });

describe("header source", () => {
  it("SYNC-29: peers whose chains leave this node's chain come first, in turn; the last one used comes last", () => {
    const ranks = [
      rank(source({ beganMs: 1 }), FORK)!,
      rank(source({ beganMs: 2 }), FORK)!,
      rank(source(), NOW)!,
      rank(source({ timeouts: 1 }), NOW)!,
      rank(source({ failures: FINALITY_GATE_LIMITS.turnsMax }), FORK)!,
      rank(source({ failures: FINALITY_GATE_LIMITS.turnsMax }), NOW)!,
      rank(source(), { ...NOW, isDeferred: true })!,
    ];
    expect(ranks.toReversed().toSorted(compareRanks)).toEqual(ranks);
    expect(compareRanks(ranks[2]!, rank(source({ beganMs: 5 }), NOW)!)).toBe(0);
  });

  it("SYNC-16: backs off after a failed round, twice as long each time, until one succeeds", () => {
    const failed = afterRound(source(), { end: "timedOut", blocksImported: 0 }, NOW);
    expect(rank(failed, at(NOW_MS + ROUND_LIMITS.backoffMs - 1))).toBeUndefined();
    expect(rank(failed, at(NOW_MS + ROUND_LIMITS.backoffMs))).toBeDefined();
    const again = afterRound(failed, { end: "done", blocksImported: 0 }, NOW);
    expect(again.backoff.untilMs).toBe(NOW_MS + 2 * ROUND_LIMITS.backoffMs);
    expect(afterRound(again, { end: "done", blocksImported: 1 }, NOW).backoff).toEqual(NEW_SOURCE.backoff);
  });

  it("loses attempts by failures, or by long rounds without more work; a complete round restores them", () => {
    let failing = source({ beganMs: NOW_MS });
    for (let count = 0; count < FINALITY_GATE_LIMITS.turnsMax; count++) {
      expect(hasChances(failing)).toBe(true);
      failing = afterRound(failing, { end: "timedOut", blocksImported: 0 }, NOW);
    }
    expect(hasChances(failing)).toBe(false);
    const longMs = FINALITY_GATE_LIMITS.turnsMax * FINALITY_GATE_LIMITS.turnMs;
    const long = afterRound(
      source({ beganMs: NOW_MS }),
      { end: "deferred", blocksImported: 1 },
      { ...FORK, nowMs: NOW_MS + longMs },
    );
    expect(long).toMatchObject({ failures: 0, lighterMs: longMs, backoff: NEW_SOURCE.backoff });
    expect(hasChances(long)).toBe(false);
    for (const each of [failing, long])
      expect(hasChances(afterRound(each, { end: "done", blocksImported: 1 }, NOW))).toBe(true);
  });
});
