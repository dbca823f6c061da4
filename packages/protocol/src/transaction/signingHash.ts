import { keccak256 } from "@trellis/crypto";
import { encodeEnvelope, encodeRlp, RlpEncoded } from "../rlp/encodeRlp.ts";
import { UINT256_MAX } from "./limits.ts";
import { TRANSACTION_TYPES, type Transaction, type UnsignedTransaction } from "./Transaction.ts";
import { type SigningKey, unsignedFields } from "./transactionFields.ts";

const LONG_LIST_OFFSET = 0xf7;
/** Smallest integer of 32 bytes. */
const FULL_WORD = 1n << 248n;

/** [TX-7] @param key only for key-agile transactions */
export function signingHash(transaction: UnsignedTransaction, key?: SigningKey): Uint8Array {
  const fields = unsignedFields(transaction, key);
  if (transaction.type !== TRANSACTION_TYPES.legacy) {
    return keccak256(encodeEnvelope(transaction.type, fields));
  }
  return keccak256(encodeRlp(transaction.chainId === 0n ? fields : [...fields, transaction.chainId, 0, 0]));
}

export function signingHashOf(transaction: Transaction): Uint8Array {
  const { type, signature, encoded } = transaction;
  // Legacy signatures cover other fields than the encoding contains (EIP-155).
  if (type === TRANSACTION_TYPES.legacy) return signingHash(transaction);
  // Reuses the encoding, because long access lists are slow to encode.
  const start = 1 + listHeaderSize(encoded[1]!);
  const signed = encoded.subarray(start, encoded.length - signatureSize(signature));
  return keccak256(encodeEnvelope(type, [new RlpEncoded(signed)]));
}

/** Encoded size of the fields that a signature does not cover. */
function signatureSize(signature: Transaction["signature"]): number {
  if (signature.kind === "keyAgile") return encodeRlp(signature.signature).length;
  // yParity is one byte.
  return 1 + wordSize(signature.r) + wordSize(signature.s);
}

function wordSize(word: bigint): number {
  return word >= FULL_WORD && word <= UINT256_MAX ? 33 : encodeRlp(word).length;
}

function listHeaderSize(first: number): number {
  return first <= LONG_LIST_OFFSET ? 1 : 1 + first - LONG_LIST_OFFSET;
}
