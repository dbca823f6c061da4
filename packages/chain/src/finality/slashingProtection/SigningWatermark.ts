import type { Certificate, Hash } from "@trellis/protocol";
import type { Memory, Step } from "../tendermint/CheckpointVote.ts";

/** The steps of a round in the order in which a validator signs in them. */
export const SIGNING_STEPS: readonly Step[] = ["propose", "prevote", "precommit"];

/** Where something was signed, and what. */
export interface SigningPosition {
  readonly height: number;
  readonly round: number;
  readonly step: Step;
  readonly value: Hash | undefined;
}

/** The last thing that a validator signed: it signs nothing before it and nothing else in its place. */
export interface SigningWatermark extends SigningPosition {
  /**
   * Undefined for one that came from another machine, which does not say what the validator was bound to: nothing more
   * is signed at its height.
   */
  readonly own: OwnRecord | undefined;
}

export interface OwnRecord {
  readonly signature: Uint8Array;
  /** What the vote on the checkpoint goes on from. */
  readonly memory: Memory;
  /** Proves the memory's valid value. */
  readonly proof: Certificate | undefined;
}

/** Keeps the last record over restarts and losses of power. */
export interface VoteLog {
  load(): SigningWatermark | undefined;
  /** Resolves when the record outlives a loss of power. */
  save(record: SigningWatermark): Promise<void>;
}

/** Negative if `a` comes before `b`, 0 in one place. */
export function comparePositions(a: SigningPosition, b: SigningPosition): number {
  return (
    a.height - b.height || a.round - b.round || SIGNING_STEPS.indexOf(a.step) - SIGNING_STEPS.indexOf(b.step)
  );
}
