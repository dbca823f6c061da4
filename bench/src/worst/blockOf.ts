import { bytesToHex } from "@trellis/base";
import { privateKeyToAddress } from "@trellis/crypto";
import {
  type AccessListEntry,
  type Account,
  type Address,
  type BlockInput,
  DEFAULT_FORK,
  EMPTY_CODE_HASH,
  type StateReader,
  signTransaction,
  TRANSACTION_TYPES,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "@trellis/protocol";

const CHAIN_ID = 31_337n;
const BASE_FEE = 1_000n;
const KEY = new Uint8Array(32).fill(1);

export const SENDER: Address = bytesToHex(privateKeyToAddress(KEY));
export const senderAccount: Account = { nonce: 0n, balance: 10n ** 30n, codeHash: EMPTY_CODE_HASH };

export interface Sent {
  readonly to: Address | null;
  readonly gas: number;
  readonly data?: Uint8Array;
  readonly accessList?: readonly AccessListEntry[];
}

export function blockOf(options: {
  readonly state: StateReader;
  readonly gas: number;
  readonly transactions: readonly Sent[];
}): BlockInput {
  const gasLimit = BigInt(options.gas);
  const transactions = options.transactions.map(({ to, gas, data, accessList }, index) => ({
    sender: SENDER,
    transaction: signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: CHAIN_ID,
        nonce: BigInt(index),
        gasLimit: BigInt(gas),
        to,
        value: 0n,
        data: data ?? new Uint8Array(0),
        accessList: accessList ?? [],
        maxFeePerGas: 2n * BASE_FEE,
        maxPriorityFeePerGas: 0n,
      },
      KEY,
    ),
  }));
  return {
    state: options.state,
    context: {
      chainId: CHAIN_ID,
      number: 1_000n,
      timestamp: 1_700_000_000n,
      gasLimit,
      baseFee: BASE_FEE,
      prevRandao: ZERO_HASH,
      fork: DEFAULT_FORK,
      blockHash: () => ZERO_HASH,
    },
    carriers: [{ coinbase: ZERO_ADDRESS, tipRecipient: ZERO_ADDRESS, gasLimit, transactions }],
    systemCalls: [],
    baseFeeShare: { recipient: ZERO_ADDRESS, basisPoints: 0 },
    credits: [],
  };
}
