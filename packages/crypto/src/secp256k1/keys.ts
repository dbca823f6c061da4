// Declares the types even if a program compiles only imported files.
/// <reference path="./secp256k1.d.ts" />
import secp256k1 from "secp256k1";
import { cryptoErrors } from "../errors.ts";
import { keccak256 } from "../hashes/keccak256.ts";

const UNCOMPRESSED = 0x04;

/** @throws CRYPTO_KEY_INVALID */
export function checkPrivateKey(privateKey: Uint8Array): void {
  if (privateKey.length !== 32 || !secp256k1.privateKeyVerify(privateKey)) {
    throw cryptoErrors.CRYPTO_KEY_INVALID({
      kind: "private key",
      algorithm: "secp256k1",
      expected: "32 bytes, big-endian between 1 and the order minus 1",
      length: privateKey.length,
    });
  }
}

/** Returns 65 bytes: 0x04, x, y. @throws CRYPTO_KEY_INVALID */
export function publicKeyFromPrivate(privateKey: Uint8Array): Uint8Array {
  checkPrivateKey(privateKey);
  return secp256k1.publicKeyCreate(privateKey, false);
}

/**
 * @param publicKey 33 or 65 bytes (SEC 1)
 * @throws CRYPTO_KEY_INVALID
 */
export function publicKeyToAddress(publicKey: Uint8Array): Uint8Array {
  return coordinatesToAddress(toUncompressed(publicKey));
}

/** @throws CRYPTO_KEY_INVALID */
export function privateKeyToAddress(privateKey: Uint8Array): Uint8Array {
  return coordinatesToAddress(publicKeyFromPrivate(privateKey));
}

/** @param uncompressed must be on the curve */
export function coordinatesToAddress(uncompressed: Uint8Array): Uint8Array {
  return keccak256(uncompressed.subarray(1)).slice(12);
}

/** Rejects the hybrid encoding of X9.62. @param publicKey 33 or 65 bytes (SEC 1) */
export function checkPublicKey(publicKey: Uint8Array): void {
  const isFormKnown = publicKey.length === 33 || (publicKey.length === 65 && publicKey[0] === UNCOMPRESSED);
  if (!isFormKnown || !secp256k1.publicKeyVerify(publicKey)) {
    throw cryptoErrors.CRYPTO_KEY_INVALID({
      kind: "public key",
      algorithm: "secp256k1",
      expected: "33 or 65 bytes of a point on the curve (SEC 1)",
      length: publicKey.length,
    });
  }
}

function toUncompressed(publicKey: Uint8Array): Uint8Array {
  checkPublicKey(publicKey);
  return publicKey.length === 65 ? publicKey : secp256k1.publicKeyConvert(publicKey, false);
}
