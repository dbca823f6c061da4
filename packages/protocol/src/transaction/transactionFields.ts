import { baseErrors } from "@trellis/base";
import { protocolErrors } from "../errors.ts";
import type { RlpInput } from "../rlp/encodeRlp.ts";
import {
  type AccessListEntry,
  type Authorization,
  type KeyAgileSignature,
  TRANSACTION_TYPES,
  type UnsignedTransaction,
} from "./Transaction.ts";

export type SigningKey = Pick<KeyAgileSignature, "from" | "algorithm" | "publicKey">;

export function unsignedFields(transaction: UnsignedTransaction, key?: SigningKey): RlpInput[] {
  const { type, chainId, nonce, gasLimit, value, data, accessList } = transaction;
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const to = transaction.to ?? "0x";
  switch (type) {
    case TRANSACTION_TYPES.legacy:
      return [nonce, gasPriceOf(transaction), gasLimit, to, value, data];
    case TRANSACTION_TYPES.accessList: {
      const gasPrice = gasPriceOf(transaction);
      return [chainId, nonce, gasPrice, gasLimit, to, value, data, accessListFields(accessList)];
    }
    case TRANSACTION_TYPES.dynamicFee: {
      const fees = [maxPriorityFeePerGas, maxFeePerGas];
      return [chainId, nonce, ...fees, gasLimit, to, value, data, accessListFields(accessList)];
    }
    case TRANSACTION_TYPES.setCode: {
      const fees = [maxPriorityFeePerGas, maxFeePerGas];
      const authorizations = (transaction.authorizationList ?? []).map(authorizationFields);
      return [
        ...[chainId, nonce, ...fees, gasLimit, to, value, data],
        ...[accessListFields(accessList), authorizations],
      ];
    }
    case TRANSACTION_TYPES.keyAgile: {
      if (key === undefined)
        throw baseErrors.ARGUMENT_INVALID({
          rule: "a transaction takes the signature of its type",
          type,
          expected: "keyAgile",
        });
      const { from, algorithm, publicKey } = key;
      const message = [gasLimit, from, to, value, data, accessListFields(accessList)];
      return [chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, ...message, algorithm, publicKey];
    }
    default:
      throw protocolErrors.TX_TYPE_UNSUPPORTED({ type });
  }
}

function accessListFields(accessList: readonly AccessListEntry[]): RlpInput[] {
  return accessList.map(({ address, storageKeys }) => [address, storageKeys]);
}

function authorizationFields({ chainId, address, nonce, yParity, r, s }: Authorization): RlpInput[] {
  return [chainId, address, nonce, yParity, r, s];
}

function gasPriceOf({ type, maxFeePerGas, maxPriorityFeePerGas }: UnsignedTransaction): bigint {
  if (maxFeePerGas !== maxPriorityFeePerGas) {
    throw baseErrors.ARGUMENT_INVALID({
      rule: "types 0 and 1 have one gas price",
      type,
      maxFeePerGas,
      maxPriorityFeePerGas,
    });
  }
  return maxFeePerGas;
}
