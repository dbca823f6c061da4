import {
  bytesToBigint,
  bytesToHex,
  concatBytes,
  type Facts,
  type Hex,
  hexToBytes,
  isHex,
  isTrellisError,
  type TrellisError,
} from "@trellis/base";
import { keccak256, recoverAddress } from "@trellis/crypto";
import { assetsErrors } from "../errors.ts";

const SIGNATURE_SIZE = 65;

/**
 * Returns the address in lower case. @param signature r, s and v (27 or 28; older wallets: 0 or 1)
 * @throws OWNERSHIP_SIGNATURE_INVALID, including for a high s
 */
export function recoverSigner(digest: Uint8Array, signature: string): Hex {
  if (!isHex(signature, SIGNATURE_SIZE)) throw invalid({ length: signature.length });
  const bytes = hexToBytes(signature);
  const v = bytes[SIGNATURE_SIZE - 1] as number;
  const parity = v >= 27 ? v - 27 : v;
  if (parity !== 0 && parity !== 1) throw invalid({ v });
  const [r, s] = [bytesToBigint(bytes.subarray(0, 32)), bytesToBigint(bytes.subarray(32, 64))];
  try {
    return bytesToHex(recoverAddress(digest, { r, s, yParity: parity }));
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw invalid({ detail: error.code }, error);
  }
}

/** EIP-191, version 0x45. */
export function personalDigest(message: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`\u0019Ethereum Signed Message:\n${message.length}`);
  return keccak256(concatBytes(prefix, message));
}

function invalid(facts: Facts, cause?: unknown): TrellisError {
  return assetsErrors.OWNERSHIP_SIGNATURE_INVALID({ reason: "not an EVM signature", ...facts }, cause);
}
