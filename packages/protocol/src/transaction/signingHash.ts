import { keccak256 } from "@trellis/crypto";
import { encodeRlp, RlpEncoded } from "../rlp/encodeRlp.ts";
import { encodeEnvelope } from "./envelope.ts";
import { TRANSACTION_TYPES, type Transaction, type UnsignedTransaction } from "./Transaction.ts";
import { type SigningKey, unsignedFields } from "./transactionFields.ts";

const LONG_LIST_OFFSET = 0xf7;

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
  const last =
    signature.kind === "keyAgile" ? [signature.signature] : [signature.yParity, signature.r, signature.s];
  const lastSize = last.reduce<number>((size, field) => size + encodeRlp(field).length, 0);
  const signed = encoded.subarray(1 + listHeaderSize(encoded[1]!), encoded.length - lastSize);
  return keccak256(encodeEnvelope(type, [new RlpEncoded(signed)]));
}

function listHeaderSize(first: number): number {
  return first <= LONG_LIST_OFFSET ? 1 : 1 + first - LONG_LIST_OFFSET;
}
