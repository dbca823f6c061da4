import { bytesToHex, isTrellisError } from "@trellis/base";
import {
  derToSignature,
  keccak256,
  publicKeyToAddress,
  recoverPublicKey,
  SECP256K1_HALF_ORDER,
  SECP256K1_ORDER,
  type Signature,
} from "@trellis/crypto";
import { signerErrors } from "@trellis/platform/keys";
import type { WalletKey } from "../WalletKey.ts";

/** Signs digests with a non-exportable secp256k1 key (transit engine, KMS, HSM). */
export interface DigestHolder {
  readonly name: string;
  /** 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array;
  /** @param digest 32 bytes @returns an ECDSA signature in DER @throws SIGNER_UNREACHABLE */
  signDigest(digest: Uint8Array): Promise<Uint8Array>;
}

/** Signatures must recover to the public key. */
export function createDigestKey(holder: DigestHolder): WalletKey {
  const { name, publicKey } = holder;
  return {
    address: bytesToHex(publicKeyToAddress(publicKey)),
    holder: name,
    async sign(payload) {
      const digest = keccak256(payload);
      const signature = signatureOf(await holder.signDigest(digest), digest, publicKey);
      if (signature === undefined)
        throw signerErrors.SIGNER_SETUP_INVALID({ holder: name, reason: "its signature is not of its key" });
      return signature;
    },
  };
}

/** Returns low `s` (EIP-2), and the parity, which DER lacks. */
function signatureOf(der: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): Signature | undefined {
  try {
    const { r, s } = derToSignature(der);
    const low = s > SECP256K1_HALF_ORDER ? SECP256K1_ORDER - s : s;
    return ([0, 1] as const)
      .map((yParity) => ({ r, s: low, yParity }))
      .find((signature) => isOf(publicKey, digest, signature));
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
}

function isOf(publicKey: Uint8Array, digest: Uint8Array, signature: Signature): boolean {
  try {
    return bytesToHex(recoverPublicKey(digest, signature)) === bytesToHex(publicKey);
  } catch (error) {
    // Some values of r have no point with one parity.
    if (isTrellisError(error, "SIGNATURE_UNRECOVERABLE")) return false;
    throw error;
  }
}
