import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { type Address, encodeRlp } from "@trellis/protocol";

export function creationAddress(creator: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(encodeRlp([hexToBytes(creator), nonce])).subarray(12));
}
