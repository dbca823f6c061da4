import { createHash, type KeyObject, X509Certificate } from "node:crypto";

/** `sha256/BASE64` of the SubjectPublicKeyInfo (RFC 7469). */
export function fingerprintOf(key: KeyObject): string {
  const spki = key.export({ format: "der", type: "spki" });
  return `sha256/${createHash("sha256").update(spki).digest("base64")}`;
}

export function fingerprintOfCertificate(pem: string): string {
  return fingerprintOf(new X509Certificate(pem).publicKey);
}
