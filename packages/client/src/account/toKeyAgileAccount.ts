import { baseErrors, bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { type AccountKey, accountKeyAddress } from "@trellis/crypto/account";
import type { LocalAccount, TransactionSerializable } from "viem";
import { toAccount } from "viem/accounts";
import { getAddress, hashMessage, hashTypedData, keccak256, serializeTransaction } from "viem/utils";
import { signsPlainly } from "./createAccountSigner.ts";
import { signatureGas, signKeyAgile } from "./keyAgile.ts";
import { signAccountHash } from "./messageSignature.ts";

/**
 * Pass `gas` from `eth_estimateGas`: signing adds the signature's gas. [TX-14]
 * @throws ARGUMENT_INVALID for blobs and authorizations
 */
export function toKeyAgileAccount(key: AccountKey, address: Hex = accountKeyAddress(key)): LocalAccount {
  const account = address.toLowerCase() as Hex;
  const isPlain = signsPlainly(account, key);
  const sign = ({ hash }: { readonly hash: Hex }) => signAccountHash(hash, account, key);
  return toAccount({
    address: getAddress(account),
    sign,
    signMessage: ({ message }) => sign({ hash: hashMessage(message) }),
    signTypedData: (parameters) => sign({ hash: hashTypedData(parameters) }),
    async signTransaction(transaction, { serializer = serializeTransaction } = {}) {
      if (!isPlain) return signKeyAgile(keyAgileOf(transaction), account, key);
      const signature = await key.sign(hexToBytes(keccak256(await serializer(transaction))));
      const [r, s] = [signature.subarray(0, 32), signature.subarray(32, 64)].map(bytesToHex);
      const yParity = signature[64]!;
      return serializer(transaction, { r: r!, s: s!, yParity, v: BigInt(27 + yParity) });
    },
  });

  function keyAgileOf(transaction: TransactionSerializable) {
    const {
      chainId,
      nonce = 0,
      gas = 0n,
      gasPrice,
      to,
      value = 0n,
      data = "0x",
      accessList = [],
    } = transaction;
    requireCallOnly(transaction);
    return {
      chainId: chainId!,
      nonce,
      gasLimit: gas + signatureGas(key),
      maxFeePerGas: transaction.maxFeePerGas ?? gasPrice ?? 0n,
      maxPriorityFeePerGas: transaction.maxPriorityFeePerGas ?? gasPrice ?? 0n,
      to: to ?? null,
      valueWei: value,
      data,
      accessList,
    };
  }
}

function requireCallOnly({
  chainId,
  authorizationList,
  blobs,
  blobVersionedHashes,
}: TransactionSerializable): void {
  const other = authorizationList ?? blobs ?? blobVersionedHashes;
  if (chainId !== undefined && other === undefined) return;
  throw baseErrors.ARGUMENT_INVALID({
    rule: "a key-agile transaction has a chain id, and neither blobs nor authorizations",
    chainId: chainId ?? "none",
  });
}
