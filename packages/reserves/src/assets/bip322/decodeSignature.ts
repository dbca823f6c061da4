import { base64 } from "@scure/base";
import { type Facts, isTrellisError, type TrellisError } from "@trellis/base";
import { type BitcoinTransaction, decodeTransaction, decodeWitness } from "../bitcoin/transaction.ts";
import { assetsErrors } from "../errors.ts";
import { decodePsbt, type FinishedPsbt } from "./decodePsbt.ts";

/** BIP-322, "Types of Signatures". */
export type Bip322Signature =
  | { readonly format: "simple"; readonly witness: readonly Uint8Array[] }
  | { readonly format: "full"; readonly transaction: BitcoinTransaction }
  | { readonly format: "proof-of-funds"; readonly psbt: FinishedPsbt };

/** In characters; large, because a proof of funds contains whole transactions. */
const LENGTH_MAX = 4_000_000;

/** Old wallets write simple signatures without a prefix. @throws OWNERSHIP_SIGNATURE_INVALID */
export function decodeSignature(text: string): Bip322Signature {
  if (text.length > LENGTH_MAX) throw invalid({ length: text.length });
  const prefix = text.slice(0, 3);
  try {
    switch (prefix) {
      case "ful":
        return { format: "full", transaction: decodeTransaction(fromBase64(text.slice(3))) };
      case "pof":
        return { format: "proof-of-funds", psbt: decodePsbt(fromBase64(text.slice(3))) };
      case "smp":
        return { format: "simple", witness: decodeWitness(fromBase64(text.slice(3))) };
      default:
        return { format: "simple", witness: decodeWitness(fromBase64(text)) };
    }
  } catch (cause) {
    if (isTrellisError(cause, "OWNERSHIP_SIGNATURE_INVALID")) throw cause;
    throw invalid({ prefix, length: text.length }, cause);
  }
}

function fromBase64(text: string): Uint8Array {
  try {
    return base64.decode(text);
  } catch (cause) {
    throw invalid({ expected: "base64", length: text.length }, cause);
  }
}

function invalid(facts: Facts, cause?: unknown): TrellisError {
  return assetsErrors.OWNERSHIP_SIGNATURE_INVALID({ reason: "not a BIP-322 signature", ...facts }, cause);
}
