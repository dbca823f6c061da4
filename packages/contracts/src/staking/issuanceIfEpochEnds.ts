import type { StateReader } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import type { GovernedValues } from "../governance/governed.ts";
import { readParameters } from "../governance/readParameters.ts";
import { mappingSlot, slotReader, unpack } from "../storage/slots.ts";
import { EPOCH_SET_LAYOUT, STAKING_LAYOUT } from "./layout.ts";
import { readEpoch } from "./readEpoch.ts";

/**
 * What the call `endEpoch` must bring if it is due at a chain block: the issuance in wei; undefined if it is not
 * due. No transaction changes the answer, only system calls do. [STAKE-15]
 * @param number the chain block's
 * @param isCertifiedHere whether a certificate of the current epoch's set will be recorded before
 * @param values what is governed, if it is known
 */
export function issuanceIfEpochEnds(
  state: StateReader,
  number: number,
  isCertifiedHere = false,
  values: GovernedValues | undefined = readParameters(state),
): bigint | undefined {
  const { epoch, startNumber } = readEpoch(state);
  if (values === undefined || number < startNumber + Number(values.epochLengthBlocks)) return undefined;
  const set = sizeOfSet(state, epoch);
  if (set.certificates === 0 && set.members > 0 && !isCertifiedHere) return undefined;
  const hasEarners = epoch > 0 && sizeOfSet(state, epoch - 1).members > 0;
  return hasEarners ? values.rewardsPerEpochWei : 0n;
}

function sizeOfSet(state: StateReader, epoch: number): { members: number; certificates: number } {
  const read = slotReader(state, STAKING_ADDRESS);
  const base = mappingSlot(BigInt(epoch), STAKING_LAYOUT.sets.slot);
  return {
    members: Number(read(base + EPOCH_SET_LAYOUT.members.slot)),
    certificates: Number(
      unpack(read(base + EPOCH_SET_LAYOUT.certificates.slot), EPOCH_SET_LAYOUT.certificates, 4),
    ),
  };
}
