import { keccak256Hex } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import { openRlpList, type RlpReader, withoutBufferPrototype } from "../rlp/RlpReader.ts";
import type { Hash } from "../words.ts";
import { isKeyAlgorithm, KEY_SCHEMES } from "./keySchemes.ts";
import { UINT64_MAX } from "./limits.ts";
import {
  type AccessListEntry,
  type Authorization,
  type EcdsaSignature,
  type KeyAgileSignature,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "./Transaction.ts";

interface DecodeTransactionOptions {
  /** Accepts other networks' legacy transactions without EIP-155, as chain id 0. */
  readonly allowUnprotected?: boolean;
}

/**
 * The result shares memory with `encoded`, which must not change. [TX-1] [TX-6]
 * @throws TX_TYPE_UNSUPPORTED, TX_BLOBS_UNSUPPORTED, TX_UNPROTECTED, TX_SIGNATURE_INVALID, RLP_INVALID
 */
export function decodeTransaction(encoded: Uint8Array, options: DecodeTransactionOptions = {}): Transaction {
  const bytes = withoutBufferPrototype(encoded);
  const { unsigned, accessList, signature } = decodeFields(bytes, options);
  const hash = keccak256Hex(bytes);
  const transaction = { ...unsigned, accessList: NO_ENTRIES, signature, hash, encoded: bytes };
  return accessList === undefined ? transaction : withAccessList(transaction, accessList);
}

const NO_ENTRIES: readonly AccessListEntry[] = [];

/** Decodes at each access, because a decoded list takes ten times as many bytes. */
function withAccessList(transaction: Transaction, encoded: Uint8Array): Transaction {
  const get = (): AccessListEntry[] => readAccessList(openRlpList(encoded, "accessList"));
  return Object.defineProperty(transaction, "accessList", { get, enumerable: true });
}

interface DecodedFields {
  readonly unsigned: Omit<UnsignedTransaction, "accessList">;
  /** Validated. Undefined if empty. */
  readonly accessList?: Uint8Array | undefined;
  readonly signature: EcdsaSignature | KeyAgileSignature;
}

const UINT8_MAX = 255n;
/** EIP-4844. */
const BLOB_TYPE = 0x03;
/** Smallest first byte of a legacy transaction. */
const RLP_LIST_OFFSET = 0xc0;

function decodeFields(bytes: Uint8Array, options: DecodeTransactionOptions): DecodedFields {
  const first = bytes[0];
  if (first === undefined)
    throw protocolErrors.RLP_INVALID({ reason: "truncated", field: "transaction", size: 0 });
  if (first >= RLP_LIST_OFFSET) return decodeLegacy(openRlpList(bytes, "transaction"), options);
  switch (first) {
    case TRANSACTION_TYPES.accessList:
      return decodeAccessList(openRlpList(bytes.subarray(1), "transaction"));
    case TRANSACTION_TYPES.dynamicFee:
      return decodeDynamicFee(openRlpList(bytes.subarray(1), "transaction"));
    case TRANSACTION_TYPES.setCode:
      return decodeSetCode(openRlpList(bytes.subarray(1), "transaction"));
    case TRANSACTION_TYPES.keyAgile:
      return decodeKeyAgile(openRlpList(bytes.subarray(1), "transaction"));
    case BLOB_TYPE:
      throw protocolErrors.TX_BLOBS_UNSUPPORTED();
    default:
      throw protocolErrors.TX_TYPE_UNSUPPORTED({ type: first });
  }
}

/** [TX-2] */
function decodeLegacy(fields: RlpReader, { allowUnprotected }: DecodeTransactionOptions): DecodedFields {
  const nonce = fields.readUint("nonce", UINT64_MAX);
  const gasPrice = fields.readUint("gasPrice");
  const gasLimit = fields.readUint("gasLimit", UINT64_MAX);
  const to = fields.readAddressOrNull("to");
  const value = fields.readUint("value");
  const data = fields.readBytes("data");
  const v = fields.readUint("v");
  const signature = readRs(fields, v % 2n === 1n ? 0 : 1);
  fields.finish("transaction");
  const chainId = legacyChainId(v, allowUnprotected === true);
  const fees = { maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice };
  const type = TRANSACTION_TYPES.legacy;
  return {
    unsigned: { type, chainId, nonce, gasLimit, to, value, data, ...fees },
    signature,
  };
}

function legacyChainId(v: bigint, allowUnprotected: boolean): bigint {
  if (v === 27n || v === 28n) {
    if (!allowUnprotected) throw protocolErrors.TX_UNPROTECTED({ v });
    return 0n;
  }
  // 35 and 36 encode chain id 0.
  if (v < 37n || v > UINT64_MAX * 2n + 36n) throw protocolErrors.TX_SIGNATURE_INVALID({ field: "v", got: v });
  return (v - 35n) >> 1n;
}

/** [TX-3] */
function decodeAccessList(fields: RlpReader): DecodedFields {
  const chainId = fields.readUint("chainId", UINT64_MAX);
  const nonce = fields.readUint("nonce", UINT64_MAX);
  const gasPrice = fields.readUint("gasPrice");
  const gasLimit = fields.readUint("gasLimit", UINT64_MAX);
  const to = fields.readAddressOrNull("to");
  const value = fields.readUint("value");
  const data = fields.readBytes("data");
  const accessList = checkAccessList(fields);
  const signature = readRs(fields, readParity(fields));
  fields.finish("transaction");
  const fees = { maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice };
  const type = TRANSACTION_TYPES.accessList;
  return { unsigned: { type, chainId, nonce, gasLimit, to, value, data, ...fees }, accessList, signature };
}

/** [TX-4] */
function decodeDynamicFee(fields: RlpReader): DecodedFields {
  const chainId = fields.readUint("chainId", UINT64_MAX);
  const nonce = fields.readUint("nonce", UINT64_MAX);
  const maxPriorityFeePerGas = fields.readUint("maxPriorityFeePerGas");
  const maxFeePerGas = fields.readUint("maxFeePerGas");
  const gasLimit = fields.readUint("gasLimit", UINT64_MAX);
  const to = fields.readAddressOrNull("to");
  const value = fields.readUint("value");
  const data = fields.readBytes("data");
  const accessList = checkAccessList(fields);
  const signature = readRs(fields, readParity(fields));
  fields.finish("transaction");
  const fees = { maxFeePerGas, maxPriorityFeePerGas };
  const type = TRANSACTION_TYPES.dynamicFee;
  return { unsigned: { type, chainId, nonce, gasLimit, to, value, data, ...fees }, accessList, signature };
}

/** [TX-16] */
function decodeSetCode(fields: RlpReader): DecodedFields {
  const chainId = fields.readUint("chainId", UINT64_MAX);
  const nonce = fields.readUint("nonce", UINT64_MAX);
  const maxPriorityFeePerGas = fields.readUint("maxPriorityFeePerGas");
  const maxFeePerGas = fields.readUint("maxFeePerGas");
  const gasLimit = fields.readUint("gasLimit", UINT64_MAX);
  const to = fields.readAddress("to");
  const value = fields.readUint("value");
  const data = fields.readBytes("data");
  const accessList = checkAccessList(fields);
  const authorizationList = readAuthorizationList(fields.readList("authorizationList"));
  const signature = readRs(fields, readParity(fields));
  fields.finish("transaction");
  const fees = { maxFeePerGas, maxPriorityFeePerGas };
  const type = TRANSACTION_TYPES.setCode;
  return {
    unsigned: { type, chainId, nonce, gasLimit, to, value, data, authorizationList, ...fees },
    accessList,
    signature,
  };
}

function readAuthorizationList(list: RlpReader): Authorization[] {
  const authorizations: Authorization[] = [];
  while (!list.isDone) {
    const tuple = list.readList("authorization");
    const chainId = tuple.readUint("authorization chainId");
    const address = tuple.readAddress("authorization address");
    const nonce = tuple.readUint("authorization nonce", UINT64_MAX);
    const yParity = Number(tuple.readUint("authorization yParity", UINT8_MAX));
    const r = tuple.readUint("authorization r");
    const s = tuple.readUint("authorization s");
    tuple.finish("authorization");
    authorizations.push({ chainId, address, nonce, yParity, r, s });
  }
  if (authorizations.length === 0)
    throw protocolErrors.RLP_INVALID({ reason: "empty list", field: "authorizationList" });
  return authorizations;
}

/** [TX-5] */
function decodeKeyAgile(fields: RlpReader): DecodedFields {
  const chainId = fields.readUint("chainId", UINT64_MAX);
  const nonce = fields.readUint("nonce", UINT64_MAX);
  const maxPriorityFeePerGas = fields.readUint("maxPriorityFeePerGas");
  const maxFeePerGas = fields.readUint("maxFeePerGas");
  const gasLimit = fields.readUint("gasLimit", UINT64_MAX);
  const from = fields.readAddress("from");
  const to = fields.readAddressOrNull("to");
  const value = fields.readUint("value");
  const data = fields.readBytes("data");
  const accessList = checkAccessList(fields);
  const algorithm = fields.readNumber("algorithm");
  if (!isKeyAlgorithm(algorithm)) throw protocolErrors.TX_TYPE_UNSUPPORTED({ algorithm });
  const { publicKeySize, signatureSize } = KEY_SCHEMES[algorithm];
  const publicKey = fields.readFixedBytes("publicKey", publicKeySize);
  const signature = fields.readFixedBytes("signature", signatureSize);
  fields.finish("transaction");
  const fees = { maxFeePerGas, maxPriorityFeePerGas };
  const type = TRANSACTION_TYPES.keyAgile;
  return {
    unsigned: { type, chainId, nonce, gasLimit, to, value, data, ...fees },
    accessList,
    signature: { kind: "keyAgile", from, algorithm, publicKey, signature },
  };
}

function checkAccessList(fields: RlpReader): Uint8Array | undefined {
  const list = fields.readList("accessList");
  const encoded = fields.lastEncoding;
  return readAccessList(list).length === 0 ? undefined : encoded;
}

function readAccessList(list: RlpReader): AccessListEntry[] {
  const accessList: AccessListEntry[] = [];
  while (!list.isDone) {
    const entry = list.readList("accessList entry");
    const address = entry.readAddress("accessList address");
    const keys = entry.readList("accessList storageKeys");
    entry.finish("accessList entry");
    const storageKeys: Hash[] = [];
    while (!keys.isDone) storageKeys.push(keys.readHash("accessList storageKey"));
    accessList.push({ address, storageKeys });
  }
  return accessList;
}

function readParity(fields: RlpReader): 0 | 1 {
  const yParity = fields.readUint("yParity");
  if (yParity > 1n) throw protocolErrors.TX_SIGNATURE_INVALID({ field: "yParity", got: yParity });
  return yParity === 1n ? 1 : 0;
}

function readRs(fields: RlpReader, yParity: 0 | 1): EcdsaSignature {
  return { kind: "ecdsa", r: fields.readUint("r"), s: fields.readUint("s"), yParity };
}
