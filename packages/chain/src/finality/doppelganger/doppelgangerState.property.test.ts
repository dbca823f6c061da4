import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DoppelgangerEvent,
  type DoppelgangerState,
  EXTENSIONS_MAX,
  IDLE,
  nextState,
  type Surroundings,
} from "./doppelgangerState.ts";

const THERE: Surroundings = {
  missing: undefined,
  areOthersVoting: false,
  isLogIncomplete: false,
  mayVoteElsewhere: false,
};
const after = (events: readonly DoppelgangerEvent[], others = THERE, from = IDLE): DoppelgangerState =>
  events.reduce((state, event) => nextState(state, event, others), from);

const surroundings: fc.Arbitrary<Surroundings> = fc.record({
  missing: fc.constantFrom(undefined, undefined, "others", "block"),
  areOthersVoting: fc.boolean(),
  isLogIncomplete: fc.boolean(),
  mayVoteElsewhere: fc.boolean(),
});
const steps = fc.array(
  fc.record({
    event: fc.constantFrom<DoppelgangerEvent[]>(
      "heightBegan",
      "caughtUp",
      "observedAhead",
      "observed",
      "elapsed",
      "ownVoteUnknown",
    ),
    others: surroundings,
  }),
  { maxLength: 40 },
);

describe("doppelganger protection [FINAL-12]", () => {
  it("idle → observing → confirming → signing", () => {
    const alone = { ...THERE, missing: "others" } as const;
    expect(after(["observed", "elapsed", "heightBegan"])).toEqual(IDLE);
    const observing = after(["started"], alone);
    expect(observing).toMatchObject({ phase: "observing", waitsFor: "others", confirmation: 0 });
    expect(after(["elapsed"], THERE, observing)).toBe(observing);
    const confirming = after(["observed"], THERE, observing);
    expect(confirming).toMatchObject({ phase: "confirming", waitsFor: "time", confirmation: 1 });
    expect(after(["elapsed"], alone, confirming)).toMatchObject({ phase: "observing", waitsFor: "others" });
    expect(after(["elapsed"], THERE, confirming).phase).toBe("signing");
  });

  it("with an empty log waits for the others' votes where its key may have voted", () => {
    const fresh = { ...THERE, isLogIncomplete: true, mayVoteElsewhere: true };
    const waiting = after(["started", "elapsed", "elapsed"], fresh);
    expect(waiting).toMatchObject({ phase: "confirming", waitsFor: "votes" });
    const voted = after(["observed"], { ...fresh, areOthersVoting: true }, waiting);
    expect(voted).toMatchObject({ waitsFor: "time", confirmation: waiting.confirmation + 1 });
    expect(after(["elapsed"], fresh, voted).phase).toBe("signing");
  });

  it("other validators that claim to be ahead delay it a bounded number of times", () => {
    let state = after(["started"]);
    for (let count = 0; count < EXTENSIONS_MAX; count++) {
      state = after(["observedAhead", "elapsed"], THERE, state);
      expect(state).toMatchObject({ phase: "confirming", waitsFor: "certificates" });
    }
    expect(after(["observedAhead", "elapsed"], THERE, state).phase).toBe("signing");
  });

  it("signs only after a confirmation with the others online, and never after a vote of its key elsewhere", () => {
    fc.assert(
      fc.property(steps, surroundings, (events, atStart) => {
        let state = nextState(IDLE, "started", atStart);
        for (const { event, others } of events) {
          const next = nextState(state, event, others);
          if (state.phase === "detected" || event === "ownVoteUnknown") expect(next.phase).toBe("detected");
          else if (state.phase === "signing") expect(next.phase).toBe("signing");
          else if (next.phase === "signing") {
            expect([event, state.phase, others.missing]).toEqual(["elapsed", "confirming", undefined]);
          }
          if (next.phase === "confirming" && next.confirmation !== state.confirmation)
            expect(others.missing).toBeUndefined();
          state = next;
        }
      }),
    );
  });
});
