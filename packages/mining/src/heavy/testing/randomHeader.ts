import { createHash } from "node:crypto";

interface RandomHeader {
  readonly prePowHash: Uint8Array;
  readonly timestamp: bigint;
  readonly nonce: bigint;
}

/** Every byte is from SHA-256 of the number. */
export function randomHeader(number: number): RandomHeader {
  const digest = (part: string) => createHash("sha256").update(`${part} ${number}`).digest();
  const rest = digest("rest");
  return {
    prePowHash: Uint8Array.from(digest("hash")),
    timestamp: rest.readBigUInt64LE(0),
    nonce: rest.readBigUInt64LE(8),
  };
}
