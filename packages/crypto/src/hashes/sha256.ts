import { hash } from "node:crypto";
import { createSHA256 } from "hash-wasm";

/** From this size on, OpenSSL is faster than WebAssembly, which lacks SHA instructions. */
const NATIVE_FROM_BYTES = 160;

const hasher = await createSHA256();

export function sha256(bytes: Uint8Array): Uint8Array {
  if (bytes.length < NATIVE_FROM_BYTES) return hasher.init().update(bytes).digest("binary");
  const digest = hash("sha256", bytes, "buffer");
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}
