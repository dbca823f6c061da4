import { bytesToHex, isTrellisError } from "@trellis/base";
import { type RecoveryRequest, recoverAddress } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import type { Address } from "../words.ts";
import { KEY_SCHEMES } from "./keySchemes.ts";
import { signingHashOf } from "./signingHash.ts";
import type { KeyAgileSignature, Transaction } from "./Transaction.ts";

/** For key-agile transactions, also check isAuthorizedKey. [TX-8] @throws TX_SIGNATURE_INVALID */
export function recoverSender(transaction: Transaction): Address {
  const request = ecdsaRecoveryInput(transaction);
  try {
    if (request !== undefined) return bytesToHex(recoverAddress(request.hash, request.signature));
    return verifyKeyAgile(transaction, transaction.signature as KeyAgileSignature);
  } catch (cause) {
    if (!isTrellisError(cause) || cause.code === "TX_SIGNATURE_INVALID") throw cause;
    throw protocolErrors.TX_SIGNATURE_INVALID({ transaction: transaction.hash, reason: cause.code }, cause);
  }
}

export function ecdsaRecoveryInput(transaction: Transaction): RecoveryRequest | undefined {
  const { signature } = transaction;
  if (signature.kind !== "ecdsa") return undefined;
  const { r, s, yParity } = signature;
  return { hash: signingHashOf(transaction), signature: { r, s, yParity } };
}

function verifyKeyAgile(transaction: Transaction, signed: KeyAgileSignature): Address {
  const scheme = KEY_SCHEMES[signed.algorithm];
  if (!scheme.verify(signingHashOf(transaction), signed.signature, signed.publicKey)) {
    throw protocolErrors.TX_SIGNATURE_INVALID({ transaction: transaction.hash, algorithm: scheme.name });
  }
  return signed.from;
}
