import { bytesToHex } from "@trellis/base";

/** Idempotency key. `randomUUID` needs https. */
export function newKey(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16))).slice(2);
}
