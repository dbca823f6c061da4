import { scryptAsync } from "@noble/hashes/scrypt.js";
import type { DeriveKey } from "../keystore/Keystore.ts";

const SIZE = 32;
/** Must exceed `keystoreLimits.scryptMemoryBytesMax` plus the library's own buffers. */
const MEMORY_BYTES_MAX = 2 ** 30;

/** Yields between steps, because scrypt at geth's standard cost takes seconds. @param onProgress receives 0 to 1 */
export function deriveInBrowser(onProgress?: (progress: number) => void): DeriveKey {
  return async (password, derivation) => {
    if (derivation.name === "pbkdf2") return pbkdf2(password, derivation);
    const { n, r, p, salt } = derivation;
    const options = { N: n, r, p, dkLen: SIZE, maxmem: MEMORY_BYTES_MAX };
    return scryptAsync(password, salt, onProgress === undefined ? options : { ...options, onProgress });
  };
}

async function pbkdf2(
  password: string,
  { iterations, salt }: { readonly iterations: number; readonly salt: Uint8Array },
): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(password);
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt: Uint8Array.from(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 8 * SIZE));
}
