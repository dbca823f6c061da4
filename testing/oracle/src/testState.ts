import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex, privateKeyToAddress } from "@trellis/crypto";
import {
  type Account,
  type Address,
  type BlockContext,
  type BlockInput,
  type CallInput,
  type CallRequest,
  type Carrier,
  DEFAULT_FORK,
  EMPTY_CODE_HASH,
  type Hash,
  type SignedBy,
  type StateReader,
  signTransaction,
  TRANSACTION_TYPES,
  type UnsignedTransaction,
  ZERO_HASH,
} from "@trellis/protocol";

export const CHAIN_ID = 31_337n;
export const BASE_FEE = 1_000n;
export const COIN = 10n ** 18n;
export const ALICE_KEY = new Uint8Array(32).fill(1);
export const BOB_KEY = new Uint8Array(32).fill(2);
export const ALICE: Address = bytesToHex(privateKeyToAddress(ALICE_KEY));
export const BOB: Address = bytesToHex(privateKeyToAddress(BOB_KEY));
export const MINER = addressOfNumber(0x11);
export const MERGER = addressOfNumber(0x22);
export const TREASURY = addressOfNumber(0x33);
export const CONTRACT = addressOfNumber(0xc0de);
export const OTHER = addressOfNumber(0x07e4);

const NO_CODE = new Uint8Array(0);

export interface TestAccount {
  readonly nonce?: bigint;
  readonly balance?: bigint;
  /** Hexadecimal without prefix, or bytes. */
  readonly code?: string | Uint8Array;
  readonly slots?: Readonly<Record<number, bigint>>;
}

/** @param below has the other accounts */
export function stateOf(accounts: Readonly<Record<Address, TestAccount>>, below?: StateReader): StateReader {
  const codes = new Map<Hash, Uint8Array>();
  const byAddress = new Map<Address, Account>();
  for (const [address, { nonce = 0n, balance = 0n, code }] of Object.entries(accounts)) {
    const bytes = typeof code === "string" ? hexToBytes(`0x${code}`) : code;
    const codeHash = bytes === undefined ? EMPTY_CODE_HASH : keccak256Hex(bytes);
    if (bytes !== undefined) codes.set(codeHash, bytes);
    byAddress.set(address as Address, { nonce, balance, codeHash });
  }
  return {
    account: (address) => byAddress.get(address) ?? below?.account(address),
    storage(address, slot) {
      const account = accounts[address];
      if (account === undefined) return below?.storage(address, slot) ?? 0n;
      return account.slots?.[Number(BigInt(slot))] ?? 0n;
    },
    code: (hash) => codes.get(hash) ?? below?.code(hash) ?? NO_CODE,
  };
}

export const CONTEXT: BlockContext = {
  chainId: CHAIN_ID,
  number: 100n,
  timestamp: 1_700_000_000n,
  gasLimit: 300_000_000n,
  baseFee: BASE_FEE,
  prevRandao: slotOfNumber(0xabcdef),
  fork: DEFAULT_FORK,
  blockHash: (number) => (number < 100n ? slotOfNumber(Number(number)) : ZERO_HASH),
};

export function transfer(fields: Partial<UnsignedTransaction> = {}, key: Uint8Array = ALICE_KEY): SignedBy {
  const unsigned: UnsignedTransaction = {
    type: TRANSACTION_TYPES.dynamicFee,
    chainId: CHAIN_ID,
    nonce: 0n,
    gasLimit: 21_000n,
    to: BOB,
    value: 1n,
    data: new Uint8Array(0),
    accessList: [],
    maxFeePerGas: 2_000n,
    maxPriorityFeePerGas: 100n,
    ...fields,
  };
  return { transaction: signTransaction(unsigned, key), sender: bytesToHex(privateKeyToAddress(key)) };
}

export function carrier(transactions: readonly SignedBy[], fields: Partial<Carrier> = {}): Carrier {
  return { coinbase: MINER, tipRecipient: MINER, gasLimit: 30_000_000n, transactions, ...fields };
}

export function blockInput(
  state: StateReader,
  carriers: readonly Carrier[],
  fields: Partial<BlockInput> = {},
): BlockInput {
  const baseFeeShare = { recipient: TREASURY, basisPoints: 0 };
  return { state, context: CONTEXT, carriers, systemCalls: [], baseFeeShare, credits: [], ...fields };
}

export function callInput(
  state: StateReader,
  request: Partial<CallRequest> = {},
  fields: Partial<CallInput> = {},
): CallInput {
  return {
    state,
    context: CONTEXT,
    coinbase: MINER,
    request: {
      from: ALICE,
      to: CONTRACT,
      gasLimit: 1_000_000n,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value: 0n,
      data: new Uint8Array(0),
      accessList: [],
      ...request,
    },
    ...fields,
  };
}

export function addressOfNumber(number: number): Address {
  return `0x${number.toString(16).padStart(40, "0")}`;
}

export function slotOfNumber(number: number | bigint): Hash {
  return `0x${number.toString(16).padStart(64, "0")}`;
}

export function push(address: Address): string {
  return `73${address.slice(2)}`;
}
