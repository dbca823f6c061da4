import { createCipheriv } from "node:crypto";
import { concatBytes } from "@trellis/base";
import { keccak256 } from "../hashes/keccak256.ts";

export function applyCipher(derived: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv).update(bytes));
}

export function macOf(derived: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return keccak256(concatBytes(derived.subarray(16, 32), ciphertext));
}
