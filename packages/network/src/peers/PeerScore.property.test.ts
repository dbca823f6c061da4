import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OFFENCES, SCORES } from "./offences.ts";
import type { Offence } from "./PeerGuard.ts";
import { PeerScore } from "./PeerScore.ts";

type Event =
  | { readonly kind: "credit" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "charge"; readonly offence: Offence };

const offence = fc.constantFrom(...(Object.keys(OFFENCES) as Offence[]));
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.constant({ kind: "credit" as const }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 3_600_000 }) }),
  fc.record({ kind: fc.constant("charge" as const), offence }),
);
const events = fc.array(event, { maxLength: 60 });

function play(score: PeerScore, played: readonly Event[], startMs = 0): number {
  let nowMs = startMs;
  for (const step of played) {
    if (step.kind === "wait") nowMs += step.ms;
    else if (step.kind === "credit") score.credit(nowMs);
    else score.charge(step.offence, nowMs);
  }
  return nowMs;
}

describe("scores", () => {
  it("PEER-1: start at 0, stay bounded above, and tend to 0", () => {
    expect(new PeerScore(0).value(0)).toBe(0);
    fc.assert(
      fc.property(events, (played) => {
        const score = new PeerScore(0);
        const endMs = play(score, played);
        expect(score.value(endMs)).toBeLessThanOrEqual(SCORES.creditMax);
        expect(Math.abs(score.value(endMs + 40 * SCORES.halfLifeMs))).toBeLessThan(1e-6);
      }),
    );
  });

  it("PEER-1: halve in a half-life, in any number of steps", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 20 }), (looks) => {
        const score = new PeerScore(0);
        score.charge("invalidBlock", 0);
        for (const atMs of looks.sort((a, b) => a - b)) score.value(atMs);
        expect(score.value(SCORES.halfLifeMs)).toBeCloseTo(-OFFENCES.invalidBlock.points / 2, 9);
      }),
    );
  });

  it("PEER-1: an offence never raises a score, credit never lowers it, time moves it towards 0", () => {
    fc.assert(
      fc.property(events, offence, fc.integer({ min: 0, max: 1e7 }), (played, added, waitMs) => {
        const score = new PeerScore(0);
        const endMs = play(score, played);
        const before = score.value(endMs);
        score.charge(added, endMs);
        const charged = score.value(endMs);
        expect(charged).toBeLessThanOrEqual(before);
        score.credit(endMs);
        expect(score.value(endMs)).toBeGreaterThanOrEqual(charged);
        const later = score.value(endMs + waitMs);
        if (score.value(endMs) < -SCORES.creditMax) expect(later).toBeGreaterThanOrEqual(score.value(endMs));
      }),
    );
  });

  it("PEER-1: more offences never improve a score", () => {
    fc.assert(
      fc.property(events, fc.array(fc.record({ at: fc.nat(60), offence })), (played, extra) => {
        const fewer = new PeerScore(0);
        const endMs = play(fewer, played);
        const more = new PeerScore(0);
        const added = [...played];
        for (const { at, offence: kind } of extra) added.splice(at, 0, { kind: "charge", offence: kind });
        play(more, added);
        const slack = Math.max(
          ...Object.values(OFFENCES).map(({ points, onceInMs }) => (onceInMs > 0 ? points : 0)),
        );
        expect(more.value(endMs)).toBeLessThanOrEqual(fewer.value(endMs) + 2 * slack);
      }),
    );
  });

  it("PEER-2: credit excuses no fault: after hours of good service a ban comes at most creditMax points later", () => {
    const score = new PeerScore(0);
    for (let step = 0; step < 100_000; step++) score.credit(step * 100);
    const nowMs = 10_000_000;
    expect(score.value(nowMs)).toBeLessThanOrEqual(SCORES.creditMax);
    score.charge("invalidBlock", nowMs);
    const charged = score.value(nowMs);
    for (let step = 0; step < 1_000; step++) score.credit(nowMs);
    expect(score.value(nowMs) - charged).toBeLessThan(1);
    score.charge("invalidTransaction", nowMs);
    expect(score.value(nowMs)).toBeLessThanOrEqual(SCORES.ban);
  });

  it("PEER-6: stalls alone never graylist, in any number", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 200 }), (waits) => {
        const score = new PeerScore(0);
        let nowMs = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          score.charge("stalling", nowMs);
          expect(score.value(nowMs)).toBeGreaterThan(SCORES.graylist);
        }
      }),
    );
  });

  it("PEER-3: repeated reports of one event cost once", () => {
    const score = new PeerScore(0);
    const { points, onceInMs } = OFFENCES.stalling;
    expect(score.charge("stalling", 0)).toBe(points);
    expect(score.charge("stalling", onceInMs - 1)).toBe(0);
    expect(score.charge("stalling", onceInMs)).toBe(points);
    expect(score.charge("stalling", 0)).toBe(points);
  });
});
