import { cryptoErrors } from "../errors.ts";

const PEM = /^\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/;
const SECRET_BYTES_MIN = 32;
const ALGORITHMS = ["Ed25519", { name: "ECDSA", namedCurve: "P-256" }];

/** Ed25519 or P-256 (PKCS #8 in PEM), or an HMAC secret of 32 bytes or more. @throws CRYPTO_KEY_INVALID */
export async function importRequestKey(text: string): Promise<CryptoKey> {
  const pem = PEM.exec(text)?.[1];
  if (pem === undefined) return importSecret(text);
  for (const algorithm of ALGORITHMS) {
    try {
      return await crypto.subtle.importKey("pkcs8", bytesOf(pem), algorithm, false, ["sign"]);
    } catch {}
  }
  throw invalid();
}

async function importSecret(text: string): Promise<CryptoKey> {
  const secret = new TextEncoder().encode(text);
  if (secret.length < SECRET_BYTES_MIN || text.includes("-----BEGIN")) throw invalid();
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function invalid() {
  return cryptoErrors.CRYPTO_KEY_INVALID({
    expected: "PKCS #8 in PEM of an Ed25519 or P-256 key, or a secret of 32 bytes or more",
  });
}
