import { bigintToBytes, bytesToHex, concatBytes } from "@trellis/base";
import type { Address, StateReader } from "@trellis/protocol";
import { STAKING_ADDRESS } from "../addresses.ts";
import { arraySlot, mappingSlot, slotReader, unpack } from "../storage/slots.ts";
import { EPOCH_SET_LAYOUT, MEMBER_KEY_LAYOUT, STAKING_LAYOUT } from "./layout.ts";
import { readEpoch } from "./readEpoch.ts";

interface SetMember {
  readonly validator: Address;
  /** wei. */
  readonly power: bigint;
  /** Key in this epoch: BLS12-381, 48 bytes. [STAKE-2] */
  readonly key: Uint8Array;
}

interface ActiveSet {
  readonly epoch: number;
  /** In bitmap order. */
  readonly members: readonly SetMember[];
  /** wei */
  readonly totalPower: bigint;
}

const KEY_SLOTS = 2n;

/** Empty for an unknown epoch or without candidates. [STAKE-13] */
export function readActiveSet(state: StateReader, epoch = readEpoch(state).epoch): ActiveSet {
  const read = slotReader(state, STAKING_ADDRESS);
  const base = mappingSlot(BigInt(epoch), STAKING_LAYOUT.sets.slot);
  const count = Number(read(base + EPOCH_SET_LAYOUT.members.slot));
  const first = arraySlot(base + EPOCH_SET_LAYOUT.members.slot);
  const firstKey = arraySlot(base + EPOCH_SET_LAYOUT.keys.slot);
  const members = Array.from({ length: count }, (_, index) => {
    const member = read(first + BigInt(index));
    return {
      power: member >> 160n,
      validator: bytesToHex(bigintToBytes(BigInt.asUintN(160, member), 20)),
      key: readKey(read, firstKey + BigInt(index) * KEY_SLOTS),
    };
  });
  const totalPower = unpack(read(base + EPOCH_SET_LAYOUT.totalPower.slot), EPOCH_SET_LAYOUT.totalPower, 16);
  return { epoch, members, totalPower };
}

function readKey(read: (slot: bigint) => bigint, base: bigint): Uint8Array {
  const { head, tail } = MEMBER_KEY_LAYOUT;
  return concatBytes(
    bigintToBytes(read(base + head.slot), 32),
    bigintToBytes(unpack(read(base + tail.slot), tail, 16), 16),
  );
}
