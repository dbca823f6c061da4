import { hash } from "node:crypto";
import { bytesToHex, type Hex } from "@trellis/base";
import { createKeccak } from "hash-wasm";

/** OpenSSL becomes faster than WebAssembly between 0.5 and 1 kB (measured). */
const NATIVE_FROM_BYTES = 768;

const hasher = await createKeccak(256);

/** 32 bytes. Original Keccak padding, not that of FIPS 202. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  if (bytes.length < NATIVE_FROM_BYTES) return hasher.init().update(bytes).digest("binary");
  const digest = hash("keccak-256", bytes, "buffer");
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

export function keccak256Hex(bytes: Uint8Array): Hex {
  return bytesToHex(keccak256(bytes));
}
