import type { StateReader } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import { slotReader, unpack } from "../storage/slots.ts";
import { STAKING_LAYOUT } from "./layout.ts";

export interface Epoch {
  readonly epoch: number;
  readonly startNumber: number;
  /** 0 before the first certificate. */
  readonly certifiedHeight: number;
  /** Epoch of the last certificate's signers. */
  readonly certifiedSetEpoch: number;
  /** Bit i is member i. */
  readonly certifiedSigners: bigint;
  /** [STAKE-18] */
  readonly isHandedOver: boolean;
}

/** [STAKE-13] */
export function readEpoch(state: StateReader): Epoch {
  const read = slotReader(state, STAKING_ADDRESS);
  const word = read(STAKING_LAYOUT.epoch.slot);
  return {
    epoch: Number(unpack(word, STAKING_LAYOUT.epoch, 4)),
    startNumber: Number(unpack(word, STAKING_LAYOUT.epochStart, 8)),
    certifiedHeight: Number(unpack(word, STAKING_LAYOUT.certifiedHeight, 8)),
    certifiedSetEpoch: Number(unpack(word, STAKING_LAYOUT.certifiedSetEpoch, 4)),
    certifiedSigners: read(STAKING_LAYOUT.certifiedSigners.slot),
    isHandedOver: unpack(word, STAKING_LAYOUT.isHandedOver, 1) !== 0n,
  };
}
