import { baseErrors } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { encodeEnvelope, encodeRlp } from "../rlp/encodeRlp.ts";
import {
  type EcdsaSignature,
  type KeyAgileSignature,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "./Transaction.ts";
import { unsignedFields } from "./transactionFields.ts";

/** [TX-1] @throws ARGUMENT_INVALID, TX_TYPE_UNSUPPORTED */
export function encodeTransaction(
  transaction: UnsignedTransaction,
  signature: EcdsaSignature | KeyAgileSignature,
): Uint8Array {
  const { type } = transaction;
  if ((signature.kind === "keyAgile") !== (type === TRANSACTION_TYPES.keyAgile)) {
    throw baseErrors.ARGUMENT_INVALID({
      rule: "a transaction takes the signature of its type",
      type,
      got: signature.kind,
    });
  }
  if (signature.kind === "keyAgile") {
    return encodeEnvelope(type, [...unsignedFields(transaction, signature), signature.signature]);
  }
  const fields = unsignedFields(transaction);
  const { r, s, yParity } = signature;
  if (type !== TRANSACTION_TYPES.legacy) return encodeEnvelope(type, [...fields, yParity, r, s]);
  return encodeRlp([...fields, legacyV(transaction.chainId, yParity), r, s]);
}

/** @throws ARGUMENT_INVALID, TX_TYPE_UNSUPPORTED */
export function createTransaction(
  unsigned: UnsignedTransaction,
  signature: EcdsaSignature | KeyAgileSignature,
): Transaction {
  const encoded = encodeTransaction(unsigned, signature);
  return { ...unsigned, signature, hash: keccak256Hex(encoded), encoded };
}

/** EIP-155; 27 or 28 for chain id 0. [TX-2] */
export function legacyV(chainId: bigint, yParity: 0 | 1): bigint {
  return chainId === 0n ? 27n + BigInt(yParity) : chainId * 2n + 35n + BigInt(yParity);
}
