import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

/** PKCS #8 prefix of the seed (RFC 8410, RFC 9881). */
const SEED_PREFIXES: Readonly<Record<string, string>> = {
  ed25519: "302e020100300506032b657004220420",
  "ml-dsa-44": "3034020100300b060960864801650304031104228020",
  "ml-dsa-65": "3034020100300b060960864801650304031204228020",
};
const PUBLIC_SIZES: Readonly<Record<string, number>> = {
  ed25519: 32,
  "ml-dsa-44": 1_312,
  "ml-dsa-65": 1_952,
};
/** SubjectPublicKeyInfo prefix of the uncompressed point (RFC 5480). */
const POINTS = {
  "ecdsa-p256": ["3059301306072a8648ce3d020106082a8648ce3d030107034200", p256],
  "ecdsa-secp256k1": ["3056301006072a8648ce3d020106052b8104000a034200", secp256k1],
} as const;

export function newKey(
  type: string,
  secret: Uint8Array,
): { readonly privateKey: KeyObject | undefined; readonly publicKey: string | undefined } {
  if (type === "ecdsa-p256" || type === "ecdsa-secp256k1")
    return { privateKey: undefined, publicKey: pemOf(spkiOfPoint(type, secret)) };
  const prefix = SEED_PREFIXES[type];
  if (prefix === undefined) return { privateKey: undefined, publicKey: undefined };
  const der = Buffer.concat([Buffer.from(prefix, "hex"), secret]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: spki.subarray(-PUBLIC_SIZES[type]!).toString("base64") };
}

export function spkiOfPoint(type: keyof typeof POINTS, secret: Uint8Array): Uint8Array {
  const [prefix, curve] = POINTS[type];
  return Buffer.concat([Buffer.from(prefix, "hex"), curve.getPublicKey(secret, false)]);
}

function pemOf(spki: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString("base64")}\n-----END PUBLIC KEY-----\n`;
}
