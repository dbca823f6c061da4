import type { Certificate, Hash, VoteStep } from "@trellis/protocol";

export type Step = "propose" | VoteStep;

export const SIGNING_STEPS: readonly Step[] = ["propose", "prevote", "precommit"];

export interface SigningPosition {
  /** Of a signature in shard n > 0, where a later set can vote on the same height again. [SHARD-16.1] */
  readonly epoch?: number | undefined;
  readonly height: number;
  readonly round: number;
  readonly step: Step;
  readonly value: Hash | undefined;
}

type VotingHeight = Pick<SigningPosition, "epoch" | "height">;

/** Nothing is signed below the watermark, and only the same value at the watermark. */
export interface SigningWatermark extends SigningPosition {
  /** Undefined if imported: the locks are unknown, so nothing is signed at this height. */
  readonly own: OwnRecord | undefined;
}

export interface Memory {
  readonly round: number;
  readonly step: Step;
  /** -1 while not locked; `lockedValue` is then undefined. */
  readonly lockedRound: number;
  readonly lockedValue: Hash | undefined;
  /** Newest round in which prevotes for a value reached a quorum. */
  readonly validRound: number;
  readonly validValue: Hash | undefined;
  readonly hasProposed: boolean;
}

export interface OwnRecord {
  readonly signature: Uint8Array;
  readonly memory: Memory;
  readonly proof: Certificate | undefined;
}

/** A log from a backup lacks votes signed after the backup. [FINAL-28] */
export interface RestoredLog {
  /**
   * Set only if all validators lost every vote after the backup. Up to `height`, the key signs from `round` on.
   */
  readonly resumption?: { readonly round: number; readonly height: number } | undefined;
}

export interface VoteLog {
  readonly restored?: RestoredLog | undefined;
  load(): SigningWatermark | undefined;
  /** Resolves once the record is durable. */
  save(record: SigningWatermark | undefined): Promise<void>;
  /** Call when the log is no longer older than the key's votes. */
  settle?(): Promise<void>;
}

/** Logs of shard 0, whose epochs follow from heights, have no epoch. [SHARD-16.1] */
export function compareHeights(a: VotingHeight, b: VotingHeight): number {
  const epochs = a.epoch === undefined || b.epoch === undefined ? 0 : a.epoch - b.epoch;
  return epochs || a.height - b.height;
}

export function comparePositions(a: SigningPosition, b: SigningPosition): number {
  return (
    compareHeights(a, b) || a.round - b.round || SIGNING_STEPS.indexOf(a.step) - SIGNING_STEPS.indexOf(b.step)
  );
}
