import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { type MlDsa, mlDsa44, mlDsa65 } from "@trellis/crypto";
import { logErrors } from "./errors.ts";
import { ed25519Verifiers, HEAD_CONTEXT, type HeadKey, headKeyId, type Verifiers } from "./keys.ts";

export interface HeadSigner {
  readonly key: HeadKey;
  /** @param message UTF-8 text of the head or cosignature */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

const SEED_SIZE = 32;
/** PKCS #8 prefix of an Ed25519 seed (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX_SIZE = 12;

/** @param seed 32 bytes @throws LOG_MALFORMED */
export function createHeadSigner(
  name: string,
  algorithm: HeadKey["algorithm"],
  seed: Uint8Array,
): HeadSigner {
  if (seed.length !== SEED_SIZE)
    throw logErrors.LOG_MALFORMED({ reason: "key", name, algorithm, seedLength: seed.length });
  const signer = algorithm.startsWith("ml-dsa")
    ? createMlDsaSigner(name, algorithm as "ml-dsa-44" | "ml-dsa-65", seed)
    : createEd25519Signer(name, algorithm as "ed25519" | "ed25519-cosignature", seed);
  headKeyId(signer.key);
  return signer;
}

/** Needs Node.js. */
export const allVerifiers: Verifiers = {
  ...ed25519Verifiers,
  "ml-dsa-44": verifierOf(mlDsa44),
  "ml-dsa-65": verifierOf(mlDsa65),
};

function createEd25519Signer(
  name: string,
  algorithm: "ed25519" | "ed25519-cosignature",
  seed: Uint8Array,
): HeadSigner {
  const privateKey = createPrivateKey({
    key: Buffer.concat([ED25519_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const publicKey = new Uint8Array(der.subarray(SPKI_PREFIX_SIZE));
  return {
    key: { name, algorithm, publicKey },
    sign: async (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

function createMlDsaSigner(name: string, algorithm: "ml-dsa-44" | "ml-dsa-65", seed: Uint8Array): HeadSigner {
  const scheme = algorithm === "ml-dsa-44" ? mlDsa44 : mlDsa65;
  const own = seed.slice();
  return {
    key: { name, algorithm, publicKey: scheme.publicKeyFromSeed(own) },
    sign: async (message) => scheme.sign(message, own, { context: HEAD_CONTEXT }),
  };
}

function verifierOf(scheme: MlDsa) {
  return (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean =>
    publicKey.length === scheme.publicKeySize &&
    scheme.verify(message, signature, publicKey, { context: HEAD_CONTEXT });
}
