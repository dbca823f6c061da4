import type { StateReader } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import type { GovernedValues } from "../governance/governed.ts";
import { readParameters } from "../governance/readParameters.ts";
import { EPOCH_SET_LAYOUT, STAKING_LAYOUT } from "../staking/layout.ts";
import { readEpoch } from "../staking/readEpoch.ts";
import { mappingSlot, slotReader, unpack } from "../storage/slots.ts";

/**
 * wei for `endEpoch`; undefined if the epoch cannot end yet. Only system calls change the result. [STAKE-15]
 * @param certifiedHere epochs of sets whose certificates the same block records first
 */
export function issuanceIfEpochEnds(
  state: StateReader,
  number: number,
  certifiedHere: readonly number[] = [],
  values: GovernedValues | undefined = readParameters(state),
): bigint | undefined {
  const { epoch, startNumber, isHandedOver } = readEpoch(state);
  if (values === undefined || number < startNumber + Number(values.epochLengthBlocks)) return undefined;
  const hasCertified = (setEpoch: number): boolean =>
    certifiedHere.includes(setEpoch) || certificatesOf(state, setEpoch) > 0;
  const isAwaiting = (isHandedOver || certifiedHere.length > 0) && !hasCertified(epoch);
  if (isAwaiting) return undefined;
  return epoch > 0 && hasCertified(epoch - 1) ? values.rewardsPerEpochWei : 0n;
}

export function certificatesOf(state: StateReader, setEpoch: number): number {
  const read = slotReader(state, STAKING_ADDRESS);
  const { slot } = EPOCH_SET_LAYOUT.certificates;
  const word = read(mappingSlot(BigInt(setEpoch), STAKING_LAYOUT.sets.slot) + slot);
  return Number(unpack(word, EPOCH_SET_LAYOUT.certificates, 4));
}
