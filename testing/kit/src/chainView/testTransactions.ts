import { createLocalSigner, type Signer } from "@trellis/crypto";
import {
  type Address,
  KEY_ALGORITHMS,
  recoverSender,
  type SignedBy,
  signKeyAgile,
  signTransaction,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "@trellis/protocol";

export const CHAIN_ID = 31_337n;
export const TARGET: Address = `0x${"70".repeat(20)}`;

const privateKey = (index: number) => new Uint8Array(32).fill(index + 1);

export function testSigner(index = 0): Signer {
  return createLocalSigner(privateKey(index));
}

export function testTransaction(fields: Partial<UnsignedTransaction> = {}, account = 0): SignedBy {
  const unsigned: UnsignedTransaction = {
    type: TRANSACTION_TYPES.dynamicFee,
    chainId: CHAIN_ID,
    nonce: 0n,
    gasLimit: 100_000n,
    to: TARGET,
    value: 1n,
    data: Uint8Array.of(1, 2, 3),
    accessList: [],
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
    ...fields,
  };
  const transaction = sign(unsigned, account);
  return { transaction, sender: recoverSender(transaction) };
}

function sign(unsigned: UnsignedTransaction, account: number): Transaction {
  if (unsigned.type !== TRANSACTION_TYPES.keyAgile) return signTransaction(unsigned, privateKey(account));
  return signKeyAgile(unsigned, { algorithm: KEY_ALGORITHMS.mlDsa44, secret: privateKey(account) });
}

export const oneGasPrice = { maxFeePerGas: 1_500_000_000n, maxPriorityFeePerGas: 1_500_000_000n } as const;

export const ACCESS_LIST = [{ address: TARGET, storageKeys: [`0x${"01".repeat(32)}`] }] as const;
