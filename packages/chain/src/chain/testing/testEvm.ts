import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { KEY_REGISTRY_ADDRESS, keyRegistrySlot } from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import {
  type Address,
  BLOOM_BYTES,
  type BlockContext,
  type BlockInput,
  type BlockResult,
  type Carrier,
  EMPTY_CODE_HASH,
  type Evm,
  encodeRlp,
  type Hash,
  intrinsicGas,
  type LogEntry,
  logsBloom,
  mergeBlooms,
  type Receipt,
  type SignedBy,
  type SkipReason,
  SYSTEM_ADDRESS,
  type SystemCallResult,
  type TransactionOutcome,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { TestState } from "./TestState.ts";

export const OPERATION_GAS = 5_000n;

export const OPERATIONS = {
  /** Arguments and their bytes: slot (32), value (32). */
  store: 1,
  clear: 2,
  destroy: 3,
  /** slot (32), number (32): stores BLOCKHASH. */
  blockHash: 4,
  /** slot (32): stores PREVRANDAO, TIMESTAMP, NUMBER, COINBASE, BASEFEE, GASLIMIT */
  context: 5,
  log: 6,
  revert: 7,
} as const;

export interface TestEvm extends Evm {
  beforeBlock: ((input: BlockInput) => Promise<void> | void) | undefined;
  timeMs: ((transaction: Hash) => number) | undefined;
  blocksRun: number;
}

export function createTestEvm(): TestEvm {
  const evm: TestEvm = {
    beforeBlock: undefined,
    timeMs: undefined,
    blocksRun: 0,
    async runBlock(input) {
      await evm.beforeBlock?.(input);
      evm.blocksRun++;
      const result = runBlock(input);
      if (evm.timeMs !== undefined) observe(input, result, evm.timeMs);
      return result;
    },
    call({ state, request: { to, data } }) {
      const output = to === null ? 0n : state.storage(to, bytesToHex(data.subarray(0, 32)));
      return {
        outcome: "success",
        output: bigintToBytes(output, 32),
        gasUsed: 21_000n,
        logs: [],
        contractAddress: null,
      };
    },
    estimateGas: () => 21_000n,
    createAccessList: () => ({ accessList: [], gasUsed: 21_000n }),
    traceCall: ({ context }) => ({
      number: context.number.toString(),
      timestamp: context.timestamp.toString(),
    }),
    traceCalls: ({ bundles }) => bundles.map(({ calls }) => calls.map(() => ({}))),
    simulateBlocks: () => ({ kind: "done", blocks: [] }),
    traceBlock(input, _tracer, only) {
      const { outcomes } = runBlock(input);
      return input.carriers.flatMap(({ transactions }, carrier) =>
        transactions
          .filter((_, index) => outcomes[carrier]![index]!.kind === "accepted")
          .map(({ transaction, sender }) => ({ transactionHash: transaction.hash, result: { from: sender } }))
          .filter(({ transactionHash }) => only === undefined || transactionHash === only),
      );
    },
  };
  return evm;
}

function observe(
  { observer }: BlockInput,
  { outcomes }: BlockResult,
  timeOf: (transaction: Hash) => number,
): void {
  for (const outcome of outcomes.flat()) {
    if (outcome.kind !== "accepted") continue;
    const { transactionHash, gasUsed } = outcome.receipt;
    const timeMs = timeOf(transactionHash);
    observer?.onPause?.({ transactionHash, timeMs: timeMs / 2 });
    observer?.onTransaction?.({ transactionHash, gasUsed, timeMs });
  }
}

function runBlock(input: BlockInput): BlockResult {
  const { state: under, context, carriers, baseFeeShare, credits } = input;
  const state = new TestState(under);
  const receipts: Receipt[] = [];
  const own = carriers.at(-1);
  const outcomes = carriers.map((carrier) => {
    const used = receipts.at(-1)?.cumulativeGasUsed ?? 0n;
    const shared = context.gasLimit - own!.gasLimit - used;
    const budget = carrier === own ? carrier.gasLimit : smaller(carrier.gasLimit, shared);
    return runCarrier(state, context, carrier, budget, receipts);
  });
  const gasUsed = receipts.at(-1)?.cumulativeGasUsed ?? 0n;
  const systemCalls = runSystemCalls(state, input);
  state.credit(
    baseFeeShare.recipient,
    (gasUsed * context.baseFee * BigInt(baseFeeShare.basisPoints)) / 10_000n,
  );
  for (const { address, amount } of credits) state.credit(address, amount);
  return {
    outcomes,
    gasUsed,
    logsBloom: mergeBlooms([new Uint8Array(BLOOM_BYTES), ...receipts.map((receipt) => receipt.logsBloom)]),
    systemCalls,
    changes: state.changes(),
  };
}

function runSystemCalls(
  state: TestState,
  { context, carriers, systemCalls }: BlockInput,
): SystemCallResult[] {
  const coinbase = carriers.at(-1)?.coinbase ?? ZERO_ADDRESS;
  return systemCalls.map(({ to, value, data }) => {
    const isCall = state.account(to).codeHash !== EMPTY_CODE_HASH;
    const isSuccess = operate(state, context, coinbase, { to, data }, SYSTEM_ADDRESS, to, isCall, []);
    if (isSuccess) state.credit(to, value);
    return { isSuccess, output: new Uint8Array(0) };
  });
}

function runCarrier(
  state: TestState,
  context: BlockContext,
  carrier: Carrier,
  budgetMax: bigint,
  receipts: Receipt[],
): TransactionOutcome[] {
  let budget = budgetMax;
  return carrier.transactions.map((signed) => {
    const reason = skipReason(state, context, signed, budget);
    if (reason !== undefined) return { kind: "skipped", reason };
    const receipt = runTransaction(state, context, carrier, signed, receipts);
    receipts.push(receipt);
    budget -= receipt.gasUsed;
    return { kind: "accepted", receipt };
  });
}

function skipReason(
  state: TestState,
  { baseFee }: BlockContext,
  { transaction, sender }: SignedBy,
  budget: bigint,
): SkipReason | undefined {
  const { nonce, balance, codeHash } = state.account(sender);
  const { gasLimit, maxFeePerGas, value } = transaction;
  if (transaction.nonce < nonce) return "NONCE_TOO_LOW";
  if (transaction.nonce > nonce) return "NONCE_TOO_HIGH";
  if (balance < gasLimit * maxFeePerGas + value) return "FUNDS_INSUFFICIENT";
  if (maxFeePerGas < baseFee) return "FEE_BELOW_BASE_FEE";
  if (gasLimit > budget) return "GAS_BUDGET_EXHAUSTED";
  return codeHash === EMPTY_CODE_HASH ? undefined : "SENDER_HAS_CODE";
}

function runTransaction(
  state: TestState,
  context: BlockContext,
  carrier: Carrier,
  { transaction, sender }: SignedBy,
  before: readonly Receipt[],
): Receipt {
  const { to, value, nonce, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const tip = smaller(maxPriorityFeePerGas, maxFeePerGas - context.baseFee);
  const target = to ?? contractAddressOf(sender, nonce);
  const isCall = to !== null && state.account(to).codeHash !== EMPTY_CODE_HASH;
  const gasUsed = intrinsicGas(transaction) + (isCall ? OPERATION_GAS : 0n);
  const logs: LogEntry[] = [];
  const hasGas = gasUsed <= transaction.gasLimit;
  const paidGas = hasGas ? gasUsed : transaction.gasLimit;

  state.setNonce(sender, nonce + 1n);
  state.credit(sender, -paidGas * (context.baseFee + tip));
  state.credit(carrier.tipRecipient, paidGas * tip);
  const isDone =
    hasGas && operate(state, context, carrier.coinbase, transaction, sender, target, isCall, logs);
  if (isDone) {
    state.credit(sender, -value);
    state.credit(target, value);
  }
  return {
    type: transaction.type,
    status: isDone ? 1 : 0,
    cumulativeGasUsed: (before.at(-1)?.cumulativeGasUsed ?? 0n) + paidGas,
    logsBloom: logsBloom(logs),
    logs,
    transactionHash: transaction.hash,
    gasUsed: paidGas,
    effectiveGasPrice: context.baseFee + tip,
    contractAddress: to === null ? target : null,
  };
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function operate(
  state: TestState,
  context: BlockContext,
  coinbase: Address,
  { to, data }: Pick<SignedBy["transaction"], "to" | "data">,
  sender: Address,
  target: Address,
  isCall: boolean,
  logs: LogEntry[],
): boolean {
  if (to === null) {
    state.setCode(target, data);
    return true;
  }
  if (!isCall || data.length === 0) return true;
  if (to === KEY_REGISTRY_ADDRESS) {
    state.setStorage(to, keyRegistrySlot(sender), bytesToBigint(data));
    return true;
  }
  const [first, second] = [wordAt(data, 0), wordAt(data, 1)];
  const storeNext = (index: number, value: bigint): void =>
    state.setStorage(
      target,
      bytesToHex(bigintToBytes(bytesToBigint(hexToBytes(first)) + BigInt(index), 32)),
      value,
    );
  switch (data[0]) {
    case OPERATIONS.store:
      state.setStorage(target, first, bytesToBigint(hexToBytes(second)));
      return true;
    case OPERATIONS.clear:
      state.clearStorage(target);
      return true;
    case OPERATIONS.destroy:
      state.destroy(target);
      return true;
    case OPERATIONS.blockHash:
      storeNext(0, bytesToBigint(hexToBytes(context.blockHash(bytesToBigint(hexToBytes(second))))));
      return true;
    case OPERATIONS.context:
      [
        bytesToBigint(hexToBytes(context.prevRandao)),
        context.timestamp,
        context.number,
        bytesToBigint(hexToBytes(coinbase)),
        context.baseFee,
        context.gasLimit,
      ].forEach((value, index) => {
        storeNext(index, value);
      });
      return true;
    case OPERATIONS.log:
      logs.push({ address: target, topics: [first], data: new Uint8Array(0) });
      return true;
    default:
      return false;
  }
}

function wordAt(data: Uint8Array, index: number): Hash {
  const word = new Uint8Array(32);
  word.set(data.subarray(1 + 32 * index, 33 + 32 * index));
  return bytesToHex(word);
}

function contractAddressOf(sender: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(encodeRlp([sender, nonce])).subarray(12));
}

export function operation(name: keyof typeof OPERATIONS, ...words: readonly bigint[]): Uint8Array {
  return concatBytes(Uint8Array.of(OPERATIONS[name]), ...words.map((word) => bigintToBytes(word, 32)));
}
