import { createHmac, timingSafeEqual } from "node:crypto";
import type { Envelope } from "./messages.ts";

/** HMAC-SHA-256; fixed-length prefixes make the encoding unambiguous. */
export function macOf(
  secret: Uint8Array,
  speaker: "engine" | "signer",
  challenge: Uint8Array,
  { id, body }: Pick<Envelope, "id" | "body">,
): Uint8Array {
  const place = Buffer.alloc(8);
  place.writeBigUInt64BE(BigInt(id));
  const mac = createHmac("sha256", secret).update(`trellis-signer/1 ${speaker}`).update(challenge);
  return new Uint8Array(mac.update(place).update(body, "utf8").digest());
}

export function isSameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
