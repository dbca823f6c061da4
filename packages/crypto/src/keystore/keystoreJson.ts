import { bytesToHex, type Random } from "@trellis/base";
import type { KeyDerivation } from "./Keystore.ts";

export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** geth's cost: 256 MiB, about a second. */
export const SCRYPT_STANDARD: ScryptCost = { n: 2 ** 18, r: 8, p: 1 };

export function derivationToJson(derivation: KeyDerivation) {
  const salt = toHex(derivation.salt);
  if (derivation.name === "pbkdf2") return { dklen: 32, c: derivation.iterations, prf: "hmac-sha256", salt };
  return { dklen: 32, n: derivation.n, r: derivation.r, p: derivation.p, salt };
}

/** Version 4 (RFC 9562, section 5.4). */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(2);
}
