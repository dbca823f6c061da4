import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import type { Address, StateReader } from "@trellis/protocol";

// Follows Solidity's "Layout of State Variables in Storage".

/** Offset in bytes from the right. */
export interface Place {
  readonly slot: bigint;
  readonly offset: number;
}

export function mappingSlot(key: bigint, slot: bigint): bigint {
  return bytesToBigint(keccak256(concatBytes(bigintToBytes(key, 32), bigintToBytes(slot, 32))));
}

/** `slot` contains the length. */
export function arraySlot(slot: bigint): bigint {
  return bytesToBigint(keccak256(bigintToBytes(slot, 32)));
}

export function slotReader(state: StateReader, contract: Address): (slot: bigint) => bigint {
  return (slot) => state.storage(contract, bytesToHex(bigintToBytes(slot, 32)));
}

export function unpack(word: bigint, { offset }: Place, bytes: number): bigint {
  return BigInt.asUintN(bytes * 8, word >> BigInt(offset * 8));
}
