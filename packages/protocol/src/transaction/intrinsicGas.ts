import { KEY_SCHEMES } from "./keySchemes.ts";
import type { Transaction, UnsignedTransaction } from "./Transaction.ts";

/** Yellow paper, appendix G; EIP-2028, EIP-2930, EIP-3860, EIP-7702. */
const TRANSACTION_GAS = 21_000;
const CREATION_GAS = 32_000;
const ZERO_BYTE_GAS = 4;
const NONZERO_BYTE_GAS = 16;
const INITCODE_WORD_GAS = 2;
const ACCESS_LIST_ADDRESS_GAS = 2_400;
const ACCESS_LIST_KEY_GAS = 1_900;
const AUTHORIZATION_GAS = 25_000;
/** EIP-7623. */
const FLOOR_TOKEN_GAS = 10;

/** [TX-12] */
export function intrinsicGas(transaction: Transaction): bigint {
  return messageIntrinsicGas(transaction) + keyGas(transaction);
}

/** Least gas that a transaction uses since Prague (EIP-7623). [TX-12] */
export function floorGas(transaction: Transaction): bigint {
  return messageFloorGas(transaction) + keyGas(transaction);
}

function keyGas({ signature }: Transaction): bigint {
  if (signature.kind === "ecdsa") return 0n;
  const bytesGas = calldataGas(signature.publicKey) + calldataGas(signature.signature);
  return BigInt(bytesGas) + KEY_SCHEMES[signature.algorithm].verificationGas;
}

export function messageFloorGas({ data }: Pick<UnsignedTransaction, "data">): bigint {
  return BigInt(TRANSACTION_GAS + (FLOOR_TOKEN_GAS * calldataGas(data)) / ZERO_BYTE_GAS);
}

export function messageIntrinsicGas(
  message: Pick<UnsignedTransaction, "to" | "data" | "accessList" | "authorizationList">,
): bigint {
  const { to, data, accessList, authorizationList = [] } = message;
  let gas = TRANSACTION_GAS + calldataGas(data) + accessList.length * ACCESS_LIST_ADDRESS_GAS;
  if (to === null) gas += CREATION_GAS + Math.ceil(data.length / 32) * INITCODE_WORD_GAS;
  for (const { storageKeys } of accessList) gas += storageKeys.length * ACCESS_LIST_KEY_GAS;
  gas += authorizationList.length * AUTHORIZATION_GAS;
  return BigInt(gas);
}

function calldataGas(bytes: Uint8Array): number {
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros++;
  return zeros * ZERO_BYTE_GAS + (bytes.length - zeros) * NONZERO_BYTE_GAS;
}
