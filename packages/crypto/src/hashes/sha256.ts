import { hash } from "node:crypto";
import { createSHA256 } from "hash-wasm";

/** From this size on OpenSSL (with SHA instructions) is faster than WebAssembly in spite of the costlier call. */
const NATIVE_FROM_BYTES = 160;

const hasher = await createSHA256();

/** SHA-256 (FIPS 180-4). 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  if (bytes.length < NATIVE_FROM_BYTES) return hasher.init().update(bytes).digest("binary");
  const digest = hash("sha256", bytes, "buffer");
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}
