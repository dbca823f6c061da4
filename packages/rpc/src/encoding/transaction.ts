import { bytesToHex, quantityToHex } from "@trellis/base";
import {
  type Authorization,
  type ChainBlock,
  type EcdsaSignature,
  entryAt,
  KEY_ALGORITHMS,
  type KeyAgileSignature,
  legacyV,
  type PooledTransaction,
  type SignedBy,
  TRANSACTION_TYPES,
  type Transaction,
} from "@trellis/protocol";
import { encodeDeliveryFields } from "./delivery.ts";

export function encodeAcceptedTransaction(block: ChainBlock, index: number): object {
  const entry = entryAt(block, index)!;
  return {
    blockHash: block.hash,
    blockNumber: quantityToHex(block.header.number),
    blockTimestamp: quantityToHex(block.timestamp),
    transactionIndex: quantityToHex(index),
    ...("message" in entry
      ? encodeDeliveryFields(entry)
      : encodeFields(entry, entry.receipt.effectiveGasPrice)),
  };
}

export function encodePendingTransaction(pooled: PooledTransaction): object {
  return {
    blockHash: null,
    blockNumber: null,
    blockTimestamp: null,
    transactionIndex: null,
    ...encodeFields(pooled, pooled.transaction.maxFeePerGas),
  };
}

export function encodeFields({ transaction, sender }: SignedBy, gasPrice: bigint): object {
  return {
    hash: transaction.hash,
    type: quantityToHex(transaction.type),
    from: sender,
    to: transaction.to,
    nonce: quantityToHex(transaction.nonce),
    gas: quantityToHex(transaction.gasLimit),
    gasPrice: quantityToHex(gasPrice),
    value: quantityToHex(transaction.value),
    input: bytesToHex(transaction.data),
    // As in geth.
    ...(transaction.chainId === 0n ? {} : { chainId: quantityToHex(transaction.chainId) }),
    ...typedFields(transaction),
    ...(transaction.signature.kind === "ecdsa"
      ? encodeEcdsa(transaction, transaction.signature)
      : encodeKeyAgile(transaction.signature)),
  };
}

function typedFields(transaction: Transaction): object {
  const { type, accessList, authorizationList, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  if (type === TRANSACTION_TYPES.legacy) return {};
  if (type === TRANSACTION_TYPES.accessList) return { accessList };
  return {
    accessList,
    maxFeePerGas: quantityToHex(maxFeePerGas),
    maxPriorityFeePerGas: quantityToHex(maxPriorityFeePerGas),
    ...(authorizationList && { authorizationList: authorizationList.map(encodeAuthorization) }),
  };
}

function encodeAuthorization({ chainId, address, nonce, yParity, r, s }: Authorization): object {
  return {
    chainId: quantityToHex(chainId),
    address,
    nonce: quantityToHex(nonce),
    yParity: quantityToHex(yParity),
    r: quantityToHex(r),
    s: quantityToHex(s),
  };
}

function encodeEcdsa({ type, chainId }: Transaction, { r, s, yParity }: EcdsaSignature): object {
  const rs = { r: quantityToHex(r), s: quantityToHex(s) };
  // `v` includes the chain id (EIP-155).
  if (type === TRANSACTION_TYPES.legacy) return { v: quantityToHex(legacyV(chainId, yParity)), ...rs };
  return { v: quantityToHex(yParity), yParity: quantityToHex(yParity), ...rs };
}

const ALGORITHM_NAMES = new Map<number, string>(
  Object.entries(KEY_ALGORITHMS).map(([name, algorithm]) => [algorithm, name]),
);

/** Type 0x50. Libraries require ECDSA fields, here 0. [RPC-8] */
function encodeKeyAgile({ algorithm, publicKey, signature }: KeyAgileSignature): object {
  return {
    v: "0x0",
    yParity: "0x0",
    r: "0x0",
    s: "0x0",
    keyAlgorithm: quantityToHex(algorithm),
    keyAlgorithmName: ALGORITHM_NAMES.get(algorithm),
    keyPublic: bytesToHex(publicKey),
    keySignature: bytesToHex(signature),
  };
}
