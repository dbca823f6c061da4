import type { ListeningFor } from "@trellis/protocol";

/**
 * Where a validator stands with its key. It signs after it has _observed_ that the others are there, and then
 * _confirmed_, for the time in which everybody who is there speaks once, that none of them speaks with its key. [FINAL-12]
 */
export interface DoppelgangerState {
  /** `idle`: it has not begun. `detected`: another node has the key, or the log is older than the key's last vote. */
  readonly phase: "idle" | "observing" | "confirming" | "signing" | "detected";
  /** While it observes or confirms. */
  readonly waitsFor: ListeningFor;
  /** Counts confirmations: with each the time of one begins. */
  readonly confirmation: number;
  /** Of them those that followed because others were said to be further. */
  readonly extensions: number;
  /** Somebody has claimed to be further since a confirmation last elapsed. */
  readonly isFurther: boolean;
  /** More than a third of the others' power has voted in front of this node. */
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
 * - `started`
 * - `heightBegan`: it may be known now who votes
 * - `caughtUp`: a certificate told of a checkpoint of which this node had not heard the votes
 * - `observedAhead`: somebody claims to be further
 * - `observed`: a validator spoke
 * - `elapsed`: the time of a confirmation is over
 * - `ownVoteUnknown`: a vote of the own key that the log does not remember
 */
export type DoppelgangerEvent =
  | "started"
  | "heightBegan"
  | "caughtUp"
  | "observedAhead"
  | "observed"
  | "elapsed"
  | "ownVoteUnknown";

/** What is known of the others at an event. */
export interface Surroundings {
  /** Without which nothing can be heard: enough others, or the block that says who votes. */
  readonly missing: "others" | "block" | undefined;
  /** More than a third of the others' power votes, in a set in which another node with the key would vote too. */
  readonly areOthersVoting: boolean;
  readonly isLogEmpty: boolean;
  /** A set with the key has certified a height, and others are in it: if another node has the key, it votes with them. */
  readonly mayVoteElsewhere: boolean;
}

/** How many confirmations follow because others are said to be further: that is not proven, and so bounded. */
export const EXTENSIONS_MAX = 8;

/** The next state. Pure: the guard does what follows from it. */
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
    // Who votes a little later is heard too.
    return others.isLogEmpty ? listen(voted, others) : voted;
  }
  return state.phase === "observing" ? listen(state, others) : state;
}

/** From when the others are there; they are heard once more in the time that follows. */
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
  const needsVotes = others.isLogEmpty && others.mayVoteElsewhere && !state.haveOthersVoted;
  return needsVotes ? listen(next, others, "votes") : { ...next, phase: "signing" };
}
