import { bigintToBytes, bytesToBigint, concatBytes } from "@trellis/base";
import { type MlDsa, mlDsa44, mlDsa65, publicKeyFromPrivate, sign, verify } from "@trellis/crypto";
import { KEY_ALGORITHMS, type KeyAlgorithm } from "./Transaction.ts";

interface KeyScheme {
  readonly name: string;
  readonly publicKeySize: number;
  readonly signatureSize: number;
  /** Excludes the price of the signature's bytes. */
  readonly verificationGas: bigint;
  publicKeyOf(secret: Uint8Array): Uint8Array;
  sign(hash: Uint8Array, secret: Uint8Array): Uint8Array;
  verify(hash: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
}

/** ML-DSA-44 as in EIP-8051; verifying ML-DSA-65 takes 1.6 times as long (OpenSSL 3.5). */
const ML_DSA_44_GAS = 4_500n;
const ML_DSA_65_GAS = 7_200n;
const SECP256K1_GAS = 3_000n;

export const KEY_SCHEMES: Readonly<Record<KeyAlgorithm, KeyScheme>> = {
  [KEY_ALGORITHMS.mlDsa44]: mlDsaScheme(mlDsa44, ML_DSA_44_GAS),
  [KEY_ALGORITHMS.mlDsa65]: mlDsaScheme(mlDsa65, ML_DSA_65_GAS),
  [KEY_ALGORITHMS.secp256k1]: {
    name: "secp256k1",
    // Compressed, so that each key has one id.
    publicKeySize: 33,
    signatureSize: 64,
    verificationGas: SECP256K1_GAS,
    publicKeyOf: (secret) => compressPublicKey(publicKeyFromPrivate(secret)),
    sign(hash, secret) {
      const { r, s } = sign(hash, secret);
      return concatBytes(bigintToBytes(r, 32), bigintToBytes(s, 32));
    },
    verify(hash, signature, publicKey) {
      const r = bytesToBigint(signature.subarray(0, 32));
      const s = bytesToBigint(signature.subarray(32));
      return verify(hash, { r, s }, publicKey);
    },
  },
};

export function isKeyAlgorithm(value: number): value is KeyAlgorithm {
  return value in KEY_SCHEMES;
}

export function compressPublicKey(uncompressed: Uint8Array): Uint8Array {
  const compressed = uncompressed.slice(0, 33);
  compressed[0] = 2 + (uncompressed[64]! & 1);
  return compressed;
}

function mlDsaScheme(scheme: MlDsa, verificationGas: bigint): KeyScheme {
  return {
    name: scheme.name,
    publicKeySize: scheme.publicKeySize,
    signatureSize: scheme.signatureSize,
    verificationGas,
    publicKeyOf: (secret) => scheme.publicKeyFromSeed(secret),
    sign: (hash, secret) => scheme.sign(hash, secret),
    verify: (hash, signature, publicKey) => scheme.verify(hash, signature, publicKey),
  };
}
