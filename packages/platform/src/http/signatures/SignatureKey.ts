import { createHmac, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";

/** The key determines the algorithm (RFC 9421 section 3.3). */
export type SignatureAlgorithm = "ed25519" | "hmac-sha256" | "ecdsa-p256-sha256";

export interface SignatureKey {
  readonly id: string;
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
}

export function signWith({ algorithm, key }: SignatureKey, base: string): Uint8Array {
  const data = Buffer.from(base);
  if (algorithm === "hmac-sha256") return hmac(key, data);
  if (algorithm === "ed25519") return new Uint8Array(sign(null, data, key));
  return new Uint8Array(sign("sha256", data, { key, dsaEncoding: "ieee-p1363" }));
}

export function verifyWith({ algorithm, key }: SignatureKey, base: string, signature: Uint8Array): boolean {
  const data = Buffer.from(base);
  if (algorithm === "hmac-sha256") {
    const expected = hmac(key, data);
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }
  if (algorithm === "ed25519") return verify(null, data, key, signature);
  return signature.length === 64 && verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
}

function hmac(key: KeyObject, data: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}
