import { ed25519 } from "@noble/curves/ed25519.js";
import { logErrors } from "./errors.ts";
import { checkName, keyIdOf } from "./note.ts";

/** Cosignatures also cover the witness's time (C2SP tlog-cosignature). */
export type HeadAlgorithm = "ed25519" | "ed25519-cosignature" | "ml-dsa-44" | "ml-dsa-65";

/** Ids of C2SP signed-note, where 0xff precedes custom names. */
const ALGORITHM_IDS: Readonly<Record<HeadAlgorithm, Uint8Array>> = {
  ed25519: Uint8Array.of(0x01),
  "ed25519-cosignature": Uint8Array.of(0x04),
  "ml-dsa-44": withMark("trellis/ml-dsa-44"),
  "ml-dsa-65": withMark("trellis/ml-dsa-65"),
};

function withMark(name: string): Uint8Array {
  return Uint8Array.of(0xff, ...new TextEncoder().encode(name));
}

/** Domain separation (FIPS 204, algorithm 2). */
export const HEAD_CONTEXT: Uint8Array = new TextEncoder().encode("trellis-reserves-tree-head");

export interface HeadKey {
  readonly name: string;
  readonly algorithm: HeadAlgorithm;
  /** Raw key; 32 bytes for Ed25519. */
  readonly publicKey: Uint8Array;
}

/** Never throws. */
export type VerifySignature = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => boolean;

/** ML-DSA is optional, because some platforms lack it. */
export type Verifiers = { readonly [Algorithm in HeadAlgorithm]?: VerifySignature };

const ED25519_KEY_SIZE = 32;
const ED25519_SIGNATURE_SIZE = 64;

export const ed25519Verifiers: Verifiers = {
  ed25519: verifyEd25519,
  "ed25519-cosignature": verifyEd25519,
};

/** RFC 8032: unlike ZIP-215, rejects small-order points. */
function verifyEd25519(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE_SIZE) return false;
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** @throws LOG_MALFORMED */
export function headKeyId(key: HeadKey): number {
  checkName(key.name);
  if (key.algorithm.startsWith("ed25519") && key.publicKey.length !== ED25519_KEY_SIZE)
    throw logErrors.LOG_MALFORMED({
      reason: "key",
      name: key.name,
      algorithm: key.algorithm,
      length: key.publicKey.length,
    });
  return keyIdOf(key.name, ALGORITHM_IDS[key.algorithm], key.publicKey);
}
