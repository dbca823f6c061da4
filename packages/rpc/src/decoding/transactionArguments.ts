import { bytesEqual } from "@trellis/base";
import type { AccessListEntry, Address, Authorization } from "@trellis/protocol";
import { arrayOf, asObject, type Decoder, fieldOf, malformed, optionalField } from "./Decoder.ts";
import { address, bytes, hash, uint64, uint256 } from "./hex.ts";

export interface TransactionArguments {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly gas: bigint | undefined;
  readonly gasPrice: bigint | undefined;
  readonly maxFeePerGas: bigint | undefined;
  readonly maxPriorityFeePerGas: bigint | undefined;
  readonly value: bigint | undefined;
  readonly nonce: bigint | undefined;
  readonly data: Uint8Array | undefined;
  readonly accessList: readonly AccessListEntry[] | undefined;
  readonly authorizationList: readonly Authorization[] | undefined;
  readonly chainId: bigint | undefined;
  readonly type: bigint | undefined;
}

/** Such a list costs at least 19 million gas (EIP-2930). */
const ACCESS_LIST_MAX = 10_000;

const storageKeys = arrayOf(hash, ACCESS_LIST_MAX);

const accessListEntry: Decoder<AccessListEntry> = {
  schema: { type: "object", properties: { address: address.schema, storageKeys: storageKeys.schema } },
  decode(value) {
    const object = asObject(value, "access list entry");
    const at = optionalField(object, "address", address) ?? malformed("missing address in access list");
    return { address: at, storageKeys: optionalField(object, "storageKeys", storageKeys) ?? [] };
  },
};

const accessList = arrayOf(accessListEntry, ACCESS_LIST_MAX);

/** Such a list costs 50 million gas (EIP-7702). */
const AUTHORIZATION_LIST_MAX = 2_000;

const authorization: Decoder<Authorization> = {
  schema: {
    type: "object",
    properties: {
      chainId: uint256.schema,
      address: address.schema,
      nonce: uint64.schema,
      yParity: uint64.schema,
      r: uint256.schema,
      s: uint256.schema,
    },
  },
  decode(value) {
    const object = asObject(value, "authorization");
    const required = <T>(name: string, decoder: Decoder<T>): T =>
      optionalField(object, name, decoder) ?? malformed(`missing ${name} in authorization`);
    const yParity = required("yParity", uint64);
    if (yParity > 255n) malformed("authorization yParity above 255");
    return {
      chainId: required("chainId", uint256),
      address: required("address", address),
      nonce: required("nonce", uint64),
      yParity: Number(yParity),
      r: required("r", uint256),
      s: required("s", uint256),
    };
  },
};

const authorizationList = arrayOf(authorization, AUTHORIZATION_LIST_MAX);

const FOREIGN_FIELDS = ["blobs", "blobVersionedHashes", "maxFeePerBlobGas"] as const;

export const transactionArguments: Decoder<TransactionArguments> = {
  schema: {
    type: "object",
    properties: {
      from: address.schema,
      to: address.schema,
      gas: uint64.schema,
      gasPrice: uint256.schema,
      maxFeePerGas: uint256.schema,
      maxPriorityFeePerGas: uint256.schema,
      value: uint256.schema,
      nonce: uint64.schema,
      input: bytes.schema,
      data: bytes.schema,
      accessList: accessList.schema,
      authorizationList: authorizationList.schema,
      chainId: uint256.schema,
      type: uint64.schema,
    },
  },
  decode(value) {
    const object = asObject(value, "transaction");
    const foreign = FOREIGN_FIELDS.find((name) => fieldOf(object, name) !== undefined);
    if (foreign !== undefined) malformed(`transaction type not supported: field ${foreign}`);
    const input = optionalField(object, "input", bytes);
    const data = optionalField(object, "data", bytes);
    if (input !== undefined && data !== undefined && !bytesEqual(input, data)) {
      malformed(
        'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
      );
    }
    return {
      from: optionalField(object, "from", address),
      to: optionalField(object, "to", address),
      gas: optionalField(object, "gas", uint64),
      gasPrice: optionalField(object, "gasPrice", uint256),
      maxFeePerGas: optionalField(object, "maxFeePerGas", uint256),
      maxPriorityFeePerGas: optionalField(object, "maxPriorityFeePerGas", uint256),
      value: optionalField(object, "value", uint256),
      nonce: optionalField(object, "nonce", uint64),
      data: input ?? data,
      accessList: optionalField(object, "accessList", accessList),
      authorizationList: optionalField(object, "authorizationList", authorizationList),
      chainId: optionalField(object, "chainId", uint256),
      type: optionalField(object, "type", uint64),
    };
  },
};
