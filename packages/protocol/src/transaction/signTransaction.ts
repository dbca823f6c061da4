import { sign } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import type { Address } from "../words.ts";
import { createTransaction } from "./encodeTransaction.ts";
import { keyAddress } from "./keyId.ts";
import { KEY_SCHEMES } from "./keySchemes.ts";
import { signingHash } from "./signingHash.ts";
import {
  type KeyAlgorithm,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "./Transaction.ts";

/** Signs types 0, 1, 2 and 4. @throws TX_UNPROTECTED, ARGUMENT_INVALID, CRYPTO_KEY_INVALID */
export function signTransaction(unsigned: UnsignedTransaction, privateKey: Uint8Array): Transaction {
  if (unsigned.type === TRANSACTION_TYPES.legacy && unsigned.chainId === 0n) {
    throw protocolErrors.TX_UNPROTECTED({ chainId: 0n });
  }
  return createTransaction(unsigned, { kind: "ecdsa", ...sign(signingHash(unsigned), privateKey) });
}

interface KeyAgileSecret {
  readonly algorithm: KeyAlgorithm;
  /** ML-DSA seed or secp256k1 private key, 32 bytes. */
  readonly secret: Uint8Array;
  /** Default: the key's own address. */
  readonly from?: Address;
}

/** Signs type 0x50. @throws ARGUMENT_INVALID, CRYPTO_KEY_INVALID */
export function signKeyAgile(unsigned: UnsignedTransaction, key: KeyAgileSecret): Transaction {
  const { algorithm, secret } = key;
  const scheme = KEY_SCHEMES[algorithm];
  const publicKey = scheme.publicKeyOf(secret);
  const from = key.from ?? keyAddress(algorithm, publicKey);
  const hash = signingHash(unsigned, { from, algorithm, publicKey });
  const signature = scheme.sign(hash, secret);
  return createTransaction(unsigned, { kind: "keyAgile", from, algorithm, publicKey, signature });
}
