import type { StateReader } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import { slotReader, unpack } from "../storage/slots.ts";
import { STAKING_LAYOUT } from "./layout.ts";

export interface Epoch {
  readonly epoch: number;
  /** The number of the chain block that began it. */
  readonly startNumber: number;
  /** The height of the last certificate that was recorded; 0 before the first. */
  readonly certifiedHeight: number;
}

/** Where a state stands in the life of stake. [STAKE-13] */
export function readEpoch(state: StateReader): Epoch {
  const word = slotReader(state, STAKING_ADDRESS)(STAKING_LAYOUT.epoch.slot);
  return {
    epoch: Number(unpack(word, STAKING_LAYOUT.epoch, 4)),
    startNumber: Number(unpack(word, STAKING_LAYOUT.epochStart, 8)),
    certifiedHeight: Number(unpack(word, STAKING_LAYOUT.certifiedHeight, 8)),
  };
}
