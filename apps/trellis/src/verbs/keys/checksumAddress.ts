import { keccak256 } from "@trellis/crypto";

/** An address as people compare it: capital letters are a checksum (EIP-55). */
export function checksumAddress(address: Uint8Array): string {
  const digits = Buffer.from(address).toString("hex");
  const hash = Buffer.from(keccak256(new TextEncoder().encode(digits))).toString("hex");
  const cased = [...digits].map((digit, index) =>
    Number.parseInt(hash[index]!, 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${cased.join("")}`;
}
