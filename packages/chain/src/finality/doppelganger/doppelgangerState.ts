import type { ListeningFor } from "@trellis/protocol";

/**
 * _Observing_ waits for enough other validators; _confirming_ waits until each has sent again; then
 * _signing_. [FINAL-12]
 */
export interface DoppelgangerState {
  /** `detected`: another process uses the key, or the log is outdated. */
  readonly phase: "idle" | "observing" | "confirming" | "signing" | "detected";
  readonly waitsFor: ListeningFor;
  /** A new number restarts the timer. */
  readonly confirmation: number;
  readonly extensions: number;
  /** True if a peer claimed a later height since the last `elapsed`. */
  readonly isFurther: boolean;
  /** True if over a third of the others' power has voted. */
  readonly haveOthersVoted: boolean;
}

export const IDLE: DoppelgangerState = {
  phase: "idle",
  waitsFor: "others",
  confirmation: 0,
  extensions: 0,
  isFurther: false,
  haveOthersVoted: false,
};

/**
 * - `caughtUp`: a certificate shows missed votes
 * - `observedAhead`: a peer claims a later height
 * - `ownVoteUnknown`: a vote of the key is not in the log
 */
export type DoppelgangerEvent =
  | "started"
  | "heightBegan"
  | "caughtUp"
  | "observedAhead"
  | "observed"
  | "elapsed"
  | "ownVoteUnknown";

export interface Surroundings {
  /** Missing condition: enough observed validators, or the block that determines the voters. */
  readonly missing: "others" | "block" | undefined;
  /** True if the set contains the key and over a third of the others' power has voted. */
  readonly areOthersVoting: boolean;
  readonly isLogIncomplete: boolean;
  /** True if a set with this key certified a height, so a doppelganger would vote. */
  readonly mayVoteElsewhere: boolean;
}

/** Bounded, because claims of later heights are not proven. */
export const EXTENSIONS_MAX = 8;

export function nextState(
  state: DoppelgangerState,
  event: DoppelgangerEvent,
  others: Surroundings,
): DoppelgangerState {
  if (event === "observedAhead") return { ...state, isFurther: true };
  if (event === "ownVoteUnknown") return { ...state, phase: "detected" };
  switch (state.phase) {
    case "idle":
      return event === "started" ? listen(state, others) : state;
    case "observing":
    case "confirming":
      return whileListening(state, event, others);
    case "signing":
    case "detected":
      return state;
  }
}

function whileListening(
  state: DoppelgangerState,
  event: DoppelgangerEvent,
  others: Surroundings,
): DoppelgangerState {
  if (event === "caughtUp") return listen(state, others);
  if (event === "elapsed") return state.phase === "confirming" ? confirmed(state, others) : state;
  if (event === "observed" && !state.haveOthersVoted && others.areOthersVoting) {
    const voted = { ...state, haveOthersVoted: true };
    // Confirms again, so that slower voters are observed too.
    return others.isLogIncomplete ? listen(voted, others) : voted;
  }
  return state.phase === "observing" ? listen(state, others) : state;
}

function listen(
  state: DoppelgangerState,
  { missing }: Surroundings,
  waitsFor: ListeningFor = "time",
): DoppelgangerState {
  if (missing !== undefined) return { ...state, phase: "observing", waitsFor: missing };
  return { ...state, phase: "confirming", waitsFor, confirmation: state.confirmation + 1 };
}

function confirmed(state: DoppelgangerState, others: Surroundings): DoppelgangerState {
  const isLagging = state.isFurther && state.extensions < EXTENSIONS_MAX;
  const extensions = state.extensions + (isLagging ? 1 : 0);
  const next = { ...state, extensions, isFurther: false };
  if (others.missing !== undefined) return listen(next, others);
  if (isLagging) return listen(next, others, "certificates");
  const needsVotes = others.isLogIncomplete && others.mayVoteElsewhere && !state.haveOthersVoted;
  return needsVotes ? listen(next, others, "votes") : { ...next, phase: "signing" };
}
