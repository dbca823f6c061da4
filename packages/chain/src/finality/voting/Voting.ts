import type { Hash } from "@trellis/protocol";
import type { Voters } from "../validatorSets/Epochs.ts";

/** Last checkpoint of a chain, and the validators that vote on the next one. */
export interface Voting {
  /** [FINAL-9] */
  finalHeight(): number;
  /** Later checkpoints descend from this block. */
  last(): Hash;
  isHandedOver(): boolean;
  voters(): Voters | undefined;
  /** Undefined if the epoch has no voters, or this node does not know them. */
  votersOf(epoch: number): Voters | undefined;
}
