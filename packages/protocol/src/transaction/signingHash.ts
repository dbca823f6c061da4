import { keccak256 } from "@trellis/crypto";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import { encodeEnvelope } from "./envelope.ts";
import { TRANSACTION_TYPES, type Transaction, type UnsignedTransaction } from "./Transaction.ts";
import { type SpeakingKey, unsignedFields } from "./transactionFields.ts";

/**
 * What the sender signs: 32 bytes. A legacy transaction of chain id 0 is an unprotected one, from before EIP-155.
 * [TX-7]
 * @param key for the key-agile type only
 */
export function signingHash(transaction: UnsignedTransaction, key?: SpeakingKey): Uint8Array {
  const fields = unsignedFields(transaction, key);
  if (transaction.type !== TRANSACTION_TYPES.legacy) {
    return keccak256(encodeEnvelope(transaction.type, fields));
  }
  return keccak256(encodeRlp(transaction.chainId === 0n ? fields : [...fields, transaction.chainId, 0, 0]));
}

/** The hash that a signed transaction's signature is over. */
export function signingHashOf(transaction: Transaction): Uint8Array {
  const { signature } = transaction;
  return signingHash(transaction, signature.kind === "keyAgile" ? signature : undefined);
}
