import { bytesToHex } from "@trellis/base";
import { keccak256 } from "../hashes/keccak256.ts";

/** EIP-55. @param address 20 bytes */
export function checksumAddress(address: Uint8Array): string {
  const digits = bytesToHex(address).slice(2);
  const hash = bytesToHex(keccak256(new TextEncoder().encode(digits))).slice(2);
  const cased = [...digits].map((digit, index) => (hash[index]! >= "8" ? digit.toUpperCase() : digit));
  return `0x${cased.join("")}`;
}
