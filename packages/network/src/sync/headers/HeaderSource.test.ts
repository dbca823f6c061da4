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

describe("a source of headers", () => {
  it("SYNC-29: those whose chains leave this node's come first, in turn; who gave way comes last", () => {
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

  it("SYNC-16: backs off after a round that failed, twice as long each time, until one ends well", () => {
    const failed = afterRound(source(), { end: "timedOut", blocksImported: 0 }, NOW);
    expect(rank(failed, at(NOW_MS + ROUND_LIMITS.backoffMs - 1))).toBeUndefined();
    expect(rank(failed, at(NOW_MS + ROUND_LIMITS.backoffMs))).toBeDefined();
    const again = afterRound(failed, { end: "done", blocksImported: 0 }, NOW);
    expect(again.backoff.untilMs).toBe(NOW_MS + 2 * ROUND_LIMITS.backoffMs);
    expect(afterRound(again, { end: "done", blocksImported: 1 }, NOW).backoff).toEqual(NEW_SOURCE.backoff);
  });

  it("loses its chances by failures, or by the time of rounds that showed no more work; one that gave all has them again", () => {
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
