import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256Hex, privateKeyToAddress } from "@trellis/crypto";
import {
  type Account,
  type Address,
  type BlockContext,
  type BlockInput,
  type CallInput,
  type CallRequest,
  EMPTY_CODE_HASH,
  type Hash,
  type SignedBy,
  type StateReader,
  signTransaction,
  TRANSACTION_TYPES,
  type UnsignedTransaction,
  ZERO_ADDRESS,
} from "@trellis/protocol";

// What the tests of this package run on.

const CHAIN_ID = 31_337n;
export const COIN = 10n ** 18n;
export const KEY = new Uint8Array(32).fill(1);
export const ALICE: Address = bytesToHex(privateKeyToAddress(KEY));
export const CONTRACT: Address = `0x${"c0".repeat(20)}`;
export const OTHER: Address = `0x${"c1".repeat(20)}`;
export const MINER: Address = `0x${"11".repeat(20)}`;
/** Fixed keys of the hash tables. */
export const random = { bytes: (count: number) => new Uint8Array(count).fill(7) };

export interface TestAccount {
  readonly nonce?: bigint;
  readonly balance?: bigint;
  readonly code?: Uint8Array;
  readonly slots?: Readonly<Record<Hash, bigint>>;
}

export function stateOf(accounts: Readonly<Record<Address, TestAccount>>): StateReader {
  const codes = new Map<Hash, Uint8Array>();
  const byAddress = new Map<Address, Account>();
  for (const [address, { nonce = 0n, balance = 0n, code }] of Object.entries(accounts)) {
    const codeHash = code === undefined ? EMPTY_CODE_HASH : keccak256Hex(code);
    if (code !== undefined) codes.set(codeHash, code);
    byAddress.set(address as Address, { nonce, balance, codeHash });
  }
  return {
    account: (address) => byAddress.get(address),
    storage: (address, slot) => accounts[address]?.slots?.[slot] ?? 0n,
    code: (hash) => codes.get(hash) ?? new Uint8Array(0),
  };
}

/** A state of one contract, and of a rich account. */
export function contractState(
  code: Uint8Array,
  others: Readonly<Record<Address, TestAccount>> = {},
): StateReader {
  return stateOf({ [ALICE]: { balance: COIN }, [CONTRACT]: { nonce: 1n, code }, ...others });
}

export const CONTEXT: BlockContext = {
  chainId: CHAIN_ID,
  number: 100n,
  timestamp: 1_700_000_000n,
  gasLimit: 30_000_000n,
  baseFee: 1_000n,
  prevRandao: `0x${"ab".repeat(32)}`,
  blockHash: (number) => `0x${number.toString(16).padStart(64, "0")}`,
};

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
      gasLimit: 10_000_000n,
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

export function transaction(fields: Partial<UnsignedTransaction> = {}): SignedBy {
  const unsigned: UnsignedTransaction = {
    type: TRANSACTION_TYPES.dynamicFee,
    chainId: CHAIN_ID,
    nonce: 0n,
    gasLimit: 1_000_000n,
    to: CONTRACT,
    value: 0n,
    data: new Uint8Array(0),
    accessList: [],
    maxFeePerGas: 2_000n,
    maxPriorityFeePerGas: 100n,
    ...fields,
  };
  return { transaction: signTransaction(unsigned, KEY), sender: ALICE };
}

export function blockInput(state: StateReader, transactions: readonly SignedBy[]): BlockInput {
  return {
    state,
    context: CONTEXT,
    carriers: [{ coinbase: MINER, tipRecipient: MINER, gasLimit: 30_000_000n, transactions }],
    baseFeeShare: { recipient: ZERO_ADDRESS, basisPoints: 0 },
    systemCalls: [],
    credits: [],
  };
}

/** Code from hexadecimal pieces. */
export function code(...pieces: readonly string[]): Uint8Array {
  return hexToBytes(`0x${pieces.join("")}` as Hex);
}

export function word(value: bigint | number): string {
  return BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, "0");
}

export function push32(value: bigint | number): string {
  return `7f${word(value)}`;
}

/** Returns the top of the stack. */
export const RETURN_TOP = "5f5260205ff3";
