import type { Certificate, Hash } from "@trellis/protocol";
import type { Memory, Step } from "../gadget/CheckpointVote.ts";

/** The steps of a round in the order in which a validator signs in them. */
export const SIGNING_STEPS: readonly Step[] = ["propose", "prevote", "precommit"];

/** The last thing that a validator signed: it signs nothing before it and nothing else in its place. */
export interface VoteRecord {
  readonly height: number;
  readonly round: number;
  readonly step: Step;
  readonly value: Hash | undefined;
  readonly signature: Uint8Array;
  /** What the vote on the checkpoint goes on from. */
  readonly memory: Memory;
  /** Proves the memory's valid value. */
  readonly proof: Certificate | undefined;
}

/** Keeps the last record over restarts and losses of power. */
export interface VoteLog {
  load(): VoteRecord | undefined;
  /** Resolves when the record outlives a loss of power. */
  save(record: VoteRecord): Promise<void>;
}
