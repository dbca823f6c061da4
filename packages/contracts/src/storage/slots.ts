import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Address, StateReader } from "@trellis/protocol";

// Where Solidity keeps variables ("Layout of State Variables in Storage" of its documentation).

/** A variable of a contract or a member of a struct: its slot, and its first byte within it from the right. */
export interface Place {
  readonly slot: bigint;
  readonly offset: number;
}

/** The slot of a mapping's entry: keccak256(key, slot), each in 32 bytes. */
export function mappingSlot(key: bigint, slot: bigint): bigint {
  return bytesToBigint(keccak256(concatBytes(bigintToBytes(key, 32), bigintToBytes(slot, 32))));
}

/** The slot of the first item of an array whose length stands at `slot`. */
export function arraySlot(slot: bigint): bigint {
  return bytesToBigint(keccak256(bigintToBytes(slot, 32)));
}

/** A contract's storage, by number of slot. */
export function slotReader(state: StateReader, contract: Address): (slot: bigint) => bigint {
  return (slot) => state.storage(contract, bytesToHex(bigintToBytes(slot, 32)));
}

/** A value of `bytes` bytes in the word of its slot. */
export function unpack(word: bigint, { offset }: Place, bytes: number): bigint {
  return BigInt.asUintN(bytes * 8, word >> BigInt(offset * 8));
}
