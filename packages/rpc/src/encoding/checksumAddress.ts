import { keccak256 } from "@trellis/crypto";
import type { Address } from "@trellis/protocol";

/** The mixed-case form of EIP-55. */
export function checksumAddress(address: Address): string {
  const digits = address.slice(2);
  const hash = Buffer.from(keccak256(Buffer.from(digits, "ascii"))).toString("hex");
  const cased = [...digits].map((digit, index) => (hash[index]! >= "8" ? digit.toUpperCase() : digit));
  return `0x${cased.join("")}`;
}
