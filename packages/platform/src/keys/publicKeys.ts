import { createPublicKey, type KeyObject } from "node:crypto";
import { concatBytes } from "@trellis/base";
import type { KeyAlgorithm } from "./KeyHolder.ts";

/** Raw, in bytes. */
export const PUBLIC_KEY_SIZES: Readonly<Record<Exclude<KeyAlgorithm, "aes-256-gcm">, number>> = {
  secp256k1: 65,
  p256: 65,
  ed25519: 32,
  "bls12-381": 48,
  "ml-dsa-44": 1_312,
  "ml-dsa-65": 1_952,
};
/** RFC 8410. */
const ED25519_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const CURVES: Readonly<Record<string, KeyAlgorithm>> = { secp256k1: "secp256k1", prime256v1: "p256" };

export interface RawPublicKey {
  readonly algorithm: KeyAlgorithm;
  readonly publicKey: Uint8Array;
}

/** @param spki SubjectPublicKeyInfo in PEM or DER @returns undefined for other algorithms or invalid input */
export function readPublicKey(spki: string | Uint8Array): RawPublicKey | undefined {
  try {
    const key =
      typeof spki === "string"
        ? createPublicKey(spki)
        : createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return rawOf(key);
  } catch {
    return undefined;
  }
}

export function ed25519Key(publicKey: Uint8Array): KeyObject {
  const der = Buffer.concat([ED25519_PREFIX, publicKey]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

function rawOf(key: KeyObject): RawPublicKey | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ec") {
    const algorithm = CURVES[details?.namedCurve ?? ""];
    const { x = "", y = "" } = key.export({ format: "jwk" });
    const parts = [x, y].map((part) => Buffer.from(part, "base64url"));
    return algorithm && { algorithm, publicKey: concatBytes(Uint8Array.of(4), ...parts) };
  }
  if (type !== "ed25519" && type !== "ml-dsa-44" && type !== "ml-dsa-65") return undefined;
  const der = key.export({ format: "der", type: "spki" });
  return { algorithm: type, publicKey: new Uint8Array(der.subarray(-PUBLIC_KEY_SIZES[type])) };
}
