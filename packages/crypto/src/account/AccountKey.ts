import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { ml_dsa44, ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { bytesToHex, concatBytes, type Hex, type Random } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";

/** Algorithm numbers of the key-agile transaction type. [TX-5] */
export const ACCOUNT_ALGORITHMS = { "ml-dsa-44": 1, "ml-dsa-65": 2, secp256k1: 3 } as const;
export type AccountAlgorithm = keyof typeof ACCOUNT_ALGORITHMS;

export interface AccountKey {
  readonly algorithm: AccountAlgorithm;
  /** ML-DSA: raw (FIPS 204); secp256k1: 33 bytes, compressed. */
  readonly publicKey: Uint8Array;
  /**
   * Signs a 32-byte hash.
   * @returns ML-DSA: the signature with an empty context; secp256k1: r ‖ s ‖ yParity, low s
   */
  sign(hash: Uint8Array): Promise<Uint8Array>;
}

interface Scheme {
  readonly publicKeySize: number;
  publicKeyOf(secret: Uint8Array): Uint8Array;
  sign(hash: Uint8Array, secret: Uint8Array): Uint8Array;
  verify(hash: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
}

const SECRET_SIZE = 32;
const KEY_AGILE_TYPE = 0x50;

/** In JavaScript, for browsers. Nodes verify with OpenSSL and libsecp256k1. */
const SCHEMES: Readonly<Record<AccountAlgorithm, Scheme>> = {
  "ml-dsa-44": mlDsaScheme(ml_dsa44, 1312),
  "ml-dsa-65": mlDsaScheme(ml_dsa65, 1952),
  secp256k1: {
    publicKeySize: 33,
    publicKeyOf: (secret) => secp256k1.getPublicKey(secret, true),
    sign(hash, secret) {
      const recovered = secp256k1.sign(hash, secret, { prehash: false, format: "recovered" });
      return concatBytes(recovered.subarray(1), recovered.subarray(0, 1));
    },
    verify: (hash, signature, publicKey) =>
      secp256k1.verify(signature.subarray(0, 64), hash, publicKey, { prehash: false }),
  },
};

export function isAccountAlgorithm(text: unknown): text is AccountAlgorithm {
  return typeof text === "string" && Object.hasOwn(ACCOUNT_ALGORITHMS, text);
}

/**
 * @param secret 32 bytes: ML-DSA seed or secp256k1 private key
 * @throws CRYPTO_KEY_INVALID
 */
export function accountKeyFromSecret(algorithm: AccountAlgorithm, secret: Uint8Array): AccountKey {
  const scheme = SCHEMES[algorithm];
  if (!isSecret(algorithm, secret)) {
    throw cryptoErrors.CRYPTO_KEY_INVALID({
      kind: "private key",
      algorithm,
      expected: "32 bytes, for secp256k1 between 1 and the order minus 1",
      length: secret.length,
    });
  }
  const own = Uint8Array.from(secret);
  return {
    algorithm,
    publicKey: scheme.publicKeyOf(own),
    sign: async (hash) => scheme.sign(hash, own),
  };
}

/** Returns 32 bytes. */
export function newAccountSecret(algorithm: AccountAlgorithm, random: Random): Uint8Array {
  for (;;) {
    const secret = random.bytes(SECRET_SIZE);
    // A secp256k1 key must be below the curve's order.
    if (isSecret(algorithm, secret)) return secret;
  }
}

export function verifyAccountSignature(
  hash: Uint8Array,
  signature: Uint8Array,
  { algorithm, publicKey }: Pick<AccountKey, "algorithm" | "publicKey">,
): boolean {
  try {
    return SCHEMES[algorithm].verify(hash, signature, publicKey);
  } catch {
    return false;
  }
}

/** Compressed key; undefined if no key can have made the signature. @param signature r ‖ s ‖ yParity */
export function recoverAccountKey(hash: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  try {
    const recovered = concatBytes(signature.subarray(64), signature.subarray(0, 64));
    return secp256k1.Signature.fromBytes(recovered, "recovered").recoverPublicKey(hash).toBytes(true);
  } catch {
    return undefined;
  }
}

export function isAccountPublicKey(algorithm: AccountAlgorithm, publicKey: Uint8Array): boolean {
  if (publicKey.length !== SCHEMES[algorithm].publicKeySize) return false;
  return algorithm !== "secp256k1" || secp256k1.utils.isValidPublicKey(publicKey, true);
}

/** [TX-9] */
export function accountKeyId({ algorithm, publicKey }: Pick<AccountKey, "algorithm" | "publicKey">): Hex {
  const head = Uint8Array.of(KEY_AGILE_TYPE, ACCOUNT_ALGORITHMS[algorithm]);
  return bytesToHex(keccak_256(concatBytes(head, publicKey)));
}

/** For secp256k1, the Ethereum address. [TX-10.1] */
export function accountKeyAddress(key: Pick<AccountKey, "algorithm" | "publicKey">): Hex {
  if (key.algorithm !== "secp256k1") return `0x${accountKeyId(key).slice(26)}`;
  const point = secp256k1.Point.fromBytes(key.publicKey).toBytes(false);
  return `0x${bytesToHex(keccak_256(point.subarray(1))).slice(26)}`;
}

function isSecret(algorithm: AccountAlgorithm, secret: Uint8Array): boolean {
  if (secret.length !== SECRET_SIZE) return false;
  return algorithm !== "secp256k1" || secp256k1.utils.isValidSecretKey(secret);
}

/** Hedged: noble adds 32 random bytes to each signature (FIPS 204, 3.4). */
function mlDsaScheme(scheme: typeof ml_dsa44, publicKeySize: number): Scheme {
  return {
    publicKeySize,
    publicKeyOf: (seed) => scheme.keygen(seed).publicKey,
    sign(hash, seed) {
      const { secretKey } = scheme.keygen(seed);
      const signature = scheme.sign(hash, secretKey);
      secretKey.fill(0);
      return signature;
    },
    verify: (hash, signature, publicKey) => scheme.verify(signature, hash, publicKey),
  };
}
