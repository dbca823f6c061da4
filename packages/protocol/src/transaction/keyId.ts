import { bytesToHex, concatBytes } from "@trellis/base";
import { keccak256, recoverPublicKey } from "@trellis/crypto";
import type { Address, Hash } from "../words.ts";
import { compressPublicKey } from "./keySchemes.ts";
import { signingHashOf } from "./signingHash.ts";
import {
  type EcdsaSignature,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  type SignedBy,
  TRANSACTION_TYPES,
  type Transaction,
} from "./Transaction.ts";

/** [TX-9] */
export function keyId(algorithm: KeyAlgorithm, publicKey: Uint8Array): Hash {
  return bytesToHex(keccak256(concatBytes(Uint8Array.of(TRANSACTION_TYPES.keyAgile, algorithm), publicKey)));
}

export function keyAddress(algorithm: KeyAlgorithm, publicKey: Uint8Array): Address {
  return `0x${keyId(algorithm, publicKey).slice(26)}`;
}

/** [TX-10] @param registered key id in the registry; zero without a rotation */
export function isAuthorizedKey({ transaction, sender }: SignedBy, registered: bigint): boolean {
  if (registered !== 0n) return BigInt(signerKeyId(transaction)) === registered;
  const { signature } = transaction;
  return signature.kind === "ecdsa" || keyAddress(signature.algorithm, signature.publicKey) === sender;
}

function signerKeyId(transaction: Transaction): Hash {
  const { signature } = transaction;
  if (signature.kind === "keyAgile") return keyId(signature.algorithm, signature.publicKey);
  return recoveredKeyId(signingHashOf(transaction), signature);
}

/** Of the key that made an ECDSA signature. */
export function recoveredKeyId(hash: Uint8Array, signature: Omit<EcdsaSignature, "kind">): Hash {
  return keyId(KEY_ALGORITHMS.secp256k1, compressPublicKey(recoverPublicKey(hash, signature)));
}
