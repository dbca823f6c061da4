import type { ListeningFor } from "@trellis/protocol";

/**
 * A validator signs after it _observed_ enough others and then _confirmed_ that none uses its key, for a time in which
 * every online validator sends once. [FINAL-12]
 */
export interface DoppelgangerState {
  /** `detected`: the key is used elsewhere, or the log is older than its last vote. */
  readonly phase: "idle" | "observing" | "confirming" | "signing" | "detected";
  /** While observing or confirming. */
  readonly waitsFor: ListeningFor;
  /** Number of confirmations; a new number restarts the timer. */
  readonly confirmation: number;
  /** Confirmations added because of claimed later heights. */
  readonly extensions: number;
  /** A later height was claimed since the last `elapsed`. */
  readonly isFurther: boolean;
  /** More than a third of the others' power voted. */
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
 * - `heightBegan`: the voters may be known now
 * - `caughtUp`: a certificate showed votes that this node missed
 * - `observedAhead`: a peer claims a later height
 * - `observed`: a validator sent a message
 * - `elapsed`: a confirmation ended
 * - `ownVoteUnknown`: a vote of the own key is not in the log
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
  /** Precondition of observing: enough others, or the block that determines the voters. */
  readonly missing: "others" | "block" | undefined;
  /** More than a third of the others' power votes, in a set that contains the key. */
  readonly areOthersVoting: boolean;
  readonly isLogEmpty: boolean;
  /** A set with the key and others certified a height: a doppelganger would vote with them. */
  readonly mayVoteElsewhere: boolean;
}

/** Bound, because claimed heights are not proven. */
export const EXTENSIONS_MAX = 8;

/** Pure: the guard acts on the result. */
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
    // Also observes slower voters.
    return others.isLogEmpty ? listen(voted, others) : voted;
  }
  return state.phase === "observing" ? listen(state, others) : state;
}

/** Once enough others are observed, observes them again for the time that follows. */
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
