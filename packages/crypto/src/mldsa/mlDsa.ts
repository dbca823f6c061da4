import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { baseErrors, concatBytes, hexToBytes } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";

interface MlDsaOptions {
  /** At most 255 bytes (FIPS 204, algorithm 2). */
  readonly context?: Uint8Array;
}

/** FIPS 204, with raw encodings. */
export interface MlDsa {
  readonly name: "ML-DSA-44" | "ML-DSA-65";
  readonly publicKeySize: number;
  readonly signatureSize: number;
  /**
   * @param seed private key, 32 random bytes
   * @throws CRYPTO_KEY_INVALID
   */
  publicKeyFromSeed(seed: Uint8Array): Uint8Array;
  /** Hedged. @throws CRYPTO_KEY_INVALID, ARGUMENT_INVALID */
  sign(message: Uint8Array, seed: Uint8Array, options?: MlDsaOptions): Uint8Array;
  /** @throws CRYPTO_KEY_INVALID, ARGUMENT_INVALID */
  verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array, options?: MlDsaOptions): boolean;
}

interface MlDsaParameters {
  readonly name: MlDsa["name"];
  readonly publicKeySize: number;
  readonly signatureSize: number;
  /** DER prefixes (RFC 9881). */
  readonly publicKeyPrefix: Uint8Array;
  readonly seedPrefix: Uint8Array;
}

const SEED_SIZE = 32;
const CONTEXT_SIZE_MAX = 255;

export const mlDsa44 = createMlDsa({
  name: "ML-DSA-44",
  publicKeySize: 1312,
  signatureSize: 2420,
  publicKeyPrefix: hexToBytes("0x30820532300b06096086480165030403110382052100"),
  seedPrefix: hexToBytes("0x3034020100300b060960864801650304031104228020"),
});

export const mlDsa65 = createMlDsa({
  name: "ML-DSA-65",
  publicKeySize: 1952,
  signatureSize: 3309,
  publicKeyPrefix: hexToBytes("0x308207b2300b0609608648016503040312038207a100"),
  seedPrefix: hexToBytes("0x3034020100300b060960864801650304031204228020"),
});

/** Imports keys as DER, which every Node.js version with ML-DSA supports. */
function createMlDsa(parameters: MlDsaParameters): MlDsa {
  const { name, publicKeySize, signatureSize } = parameters;

  const importSeed = (seed: Uint8Array): KeyObject => {
    if (seed.length !== SEED_SIZE) {
      throw cryptoErrors.CRYPTO_KEY_INVALID({
        kind: "private key",
        algorithm: name,
        length: seed.length,
        expected: SEED_SIZE,
      });
    }
    const der = concatBytes(parameters.seedPrefix, seed);
    return createPrivateKey({ key: Buffer.from(der.buffer), format: "der", type: "pkcs8" });
  };

  const importPublicKey = (publicKey: Uint8Array): KeyObject => {
    if (publicKey.length !== publicKeySize) {
      throw cryptoErrors.CRYPTO_KEY_INVALID({
        kind: "public key",
        algorithm: name,
        length: publicKey.length,
        expected: publicKeySize,
      });
    }
    const der = concatBytes(parameters.publicKeyPrefix, publicKey);
    return createPublicKey({ key: Buffer.from(der.buffer), format: "der", type: "spki" });
  };

  return {
    name,
    publicKeySize,
    signatureSize,
    publicKeyFromSeed(seed) {
      const der = createPublicKey(importSeed(seed)).export({ format: "der", type: "spki" });
      return new Uint8Array(der.subarray(parameters.publicKeyPrefix.length));
    },
    sign(message, seed, { context } = {}) {
      checkContext(context);
      return new Uint8Array(sign(null, message, withContext(importSeed(seed), context)));
    },
    verify(message, signature, publicKey, { context } = {}) {
      checkContext(context);
      const key = importPublicKey(publicKey);
      if (signature.length !== signatureSize) return false;
      return verify(null, message, withContext(key, context), signature);
    },
  };
}

function checkContext(context: Uint8Array | undefined): void {
  if (context !== undefined && context.length > CONTEXT_SIZE_MAX) {
    throw baseErrors.ARGUMENT_INVALID({
      rule: "a context has at most lengthMax bytes (FIPS 204)",
      length: context.length,
      lengthMax: CONTEXT_SIZE_MAX,
    });
  }
}

function withContext(key: KeyObject, context: Uint8Array | undefined) {
  return context === undefined ? { key } : { key, context };
}
