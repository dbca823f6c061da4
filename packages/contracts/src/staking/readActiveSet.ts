import { bigintToBytes, bytesToHex, concatBytes } from "@trellis/base";
import type { Address, StateReader } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import { arraySlot, mappingSlot, slotReader, unpack } from "../storage/slots.ts";
import { EPOCH_SET_LAYOUT, STAKING_LAYOUT, VALIDATOR_LAYOUT } from "./layout.ts";
import { readEpoch } from "./readEpoch.ts";

interface SetMember {
  readonly validator: Address;
  /** Wei of stake. */
  readonly power: bigint;
  /** BLS12-381, 48 bytes, possession proven. [STAKE-2] */
  readonly key: Uint8Array;
}

interface ActiveSet {
  readonly epoch: number;
  /** In the order of the certificates' bitmaps. */
  readonly members: readonly SetMember[];
  /** wei */
  readonly totalPower: bigint;
}

/** [STAKE-13] @returns no members for an unknown epoch or without candidates */
export function readActiveSet(state: StateReader, epoch = readEpoch(state).epoch): ActiveSet {
  const read = slotReader(state, STAKING_ADDRESS);
  const base = mappingSlot(BigInt(epoch), STAKING_LAYOUT.sets.slot);
  const count = Number(read(base + EPOCH_SET_LAYOUT.members.slot));
  const first = arraySlot(base + EPOCH_SET_LAYOUT.members.slot);
  const members = Array.from({ length: count }, (_, index) => {
    const member = read(first + BigInt(index));
    return { power: member >> 160n, ...readKey(read, BigInt.asUintN(160, member)) };
  });
  const totalPower = unpack(read(base + EPOCH_SET_LAYOUT.totalPower.slot), EPOCH_SET_LAYOUT.totalPower, 16);
  return { epoch, members, totalPower };
}

function readKey(read: (slot: bigint) => bigint, validator: bigint): Omit<SetMember, "power"> {
  const base = mappingSlot(validator, STAKING_LAYOUT.validators.slot);
  const { keyHead, keyTail } = VALIDATOR_LAYOUT;
  const word = (slot: bigint) => bigintToBytes(read(base + slot), 32);
  return {
    validator: bytesToHex(bigintToBytes(validator, 20)),
    key: concatBytes(word(keyHead.slot), bigintToBytes(unpack(read(base + keyTail.slot), keyTail, 16), 16)),
  };
}
