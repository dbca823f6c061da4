import { bytesToHex } from "@trellis/base";

/** Idempotency key. `randomUUID` is unavailable without https. */
export function newKey(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16))).slice(2);
}
