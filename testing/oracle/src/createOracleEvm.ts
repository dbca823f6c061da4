import { type Block, createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM } from "@ethereumjs/evm";
import { createTxFromRLP } from "@ethereumjs/tx";
import { createAddressFromString, hexToBytes, type Address as OracleAddress } from "@ethereumjs/util";
import { createVM, runTx } from "@ethereumjs/vm";
import { bytesToHex } from "@trellis/base";
import type {
  Address,
  BlockContext,
  BlockInput,
  BlockResult,
  CallInput,
  CallResult,
  Carrier,
  Evm,
  LogEntry,
  SignedBy,
  SkipReason,
  TransactionOutcome,
} from "@trellis/protocol";
import { oracleErrors } from "./errors.ts";
import { OracleState } from "./OracleState.ts";

/**
 * `@ethereumjs/evm` and `@ethereumjs/vm` behind the Evm port: slow, independent of the project's engine, and
 * therefore what the engine is compared with. Cancun; no key-agile transactions; no tracers.
 */
export function createOracleEvm(): Evm {
  return {
    runBlock,
    call,
    estimateGas,
    createAccessList: async () => unsupported("createAccessList"),
    traceCall: async () => unsupported("traceCall"),
    traceBlock: async () => unsupported("traceBlock"),
  };
}

function unsupported(method: string): never {
  throw oracleErrors.ORACLE_UNSUPPORTED({ method });
}

const commons = new Map<bigint, Common>();

function commonOf(chainId: bigint): Common {
  const known = commons.get(chainId);
  if (known !== undefined) return known;
  const common = new Common({ chain: { ...Mainnet, chainId: Number(chainId) }, hardfork: Hardfork.Cancun });
  commons.set(chainId, common);
  return common;
}

async function runBlock(input: BlockInput): Promise<BlockResult> {
  const state = new OracleState(input.state);
  const vm = await vmOf(state, input.context);
  const totals = { gasUsed: 0n, logsBloom: new Uint8Array(256) };
  const outcomes: TransactionOutcome[][] = [];
  for (const carrier of input.carriers) {
    const block = blockOf(input.context, carrier.coinbase);
    let budget = carrier.gasLimit;
    const results: TransactionOutcome[] = [];
    for (const signed of carrier.transactions) {
      const reason = await skipReason(state, input.context, signed, budget);
      if (reason !== undefined) {
        results.push({ kind: "skipped", reason });
        continue;
      }
      const outcome = await runOne(vm, state, block, carrier, signed, totals);
      budget -= outcome.receipt.gasUsed;
      results.push(outcome);
    }
    outcomes.push(results);
  }
  const { recipient, basisPoints } = input.baseFeeShare;
  await credit(state, recipient, (totals.gasUsed * input.context.baseFee * BigInt(basisPoints)) / 10_000n);
  for (const { address, amount } of input.credits) await credit(state, address, amount);
  return { outcomes, ...totals, changes: state.changes() };
}

async function skipReason(
  state: OracleState,
  context: BlockContext,
  { transaction, sender }: SignedBy,
  budget: bigint,
): Promise<SkipReason | undefined> {
  const account = await state.getAccount(createAddressFromString(sender));
  const { nonce, balance } = account ?? { nonce: 0n, balance: 0n };
  if (transaction.nonce < nonce) return "NONCE_TOO_LOW";
  if (transaction.nonce > nonce) return "NONCE_TOO_HIGH";
  if (transaction.gasLimit > budget) return "GAS_BUDGET_EXHAUSTED";
  if (account?.isContract()) return "SENDER_HAS_CODE";
  if (transaction.maxFeePerGas < context.baseFee) return "FEE_BELOW_BASE_FEE";
  if (balance < transaction.gasLimit * transaction.maxFeePerGas + transaction.value)
    return "FUNDS_INSUFFICIENT";
  return undefined;
}

async function runOne(
  vm: Awaited<ReturnType<typeof vmOf>>,
  state: OracleState,
  block: Block,
  carrier: Carrier,
  { transaction }: SignedBy,
  totals: { gasUsed: bigint; logsBloom: Uint8Array },
): Promise<Extract<TransactionOutcome, { kind: "accepted" }>> {
  const tx = createTxFromRLP(transaction.encoded, { common: vm.common });
  const result = await runTx(vm, {
    tx,
    block,
    skipBlockGasLimitValidation: true,
    skipHardForkValidation: true,
  });
  state.originalStorageCache.clear();
  const baseFee = block.header.baseFeePerGas ?? 0n;
  const gasUsed = result.totalGasSpent;
  const tip = tx.getEffectivePriorityFee(baseFee);
  if (carrier.tipRecipient !== carrier.coinbase) {
    await credit(state, carrier.coinbase, -tip * gasUsed);
    await credit(state, carrier.tipRecipient, tip * gasUsed);
  }
  totals.gasUsed += gasUsed;
  result.bloom.bitvector.forEach((byte, index) => {
    totals.logsBloom[index]! |= byte;
  });
  return {
    kind: "accepted",
    receipt: {
      type: transaction.type,
      status: result.execResult.exceptionError === undefined ? 1 : 0,
      cumulativeGasUsed: totals.gasUsed,
      logsBloom: result.bloom.bitvector,
      logs: logsOf(result.receipt.logs),
      transactionHash: transaction.hash,
      gasUsed,
      effectiveGasPrice: baseFee + tip,
      contractAddress: (result.createdAddress?.toString() as Address | undefined) ?? null,
    },
  };
}

async function credit(state: OracleState, address: Address, amount: bigint): Promise<void> {
  if (amount === 0n) return;
  const at = createAddressFromString(address);
  const balance = (await state.getAccount(at))?.balance ?? 0n;
  await state.modifyAccountFields(at, { balance: balance + amount });
}

async function call(input: CallInput): Promise<CallResult> {
  const state = new OracleState(input.state);
  if (input.overrides !== undefined) state.applyOverrides(input.overrides);
  const { request } = input;
  const vm = await vmOf(state, input.context);
  const result = await vm.evm.runCall({
    block: blockOf(input.context, input.coinbase),
    caller: createAddressFromString(request.from),
    ...(request.to === null ? {} : { to: createAddressFromString(request.to) }),
    gasLimit: request.gasLimit - intrinsicGasOf(request.data, request.to === null),
    gasPrice: request.maxFeePerGas,
    value: request.value,
    data: request.data,
    skipBalance: request.maxFeePerGas === 0n && request.value === 0n,
  });
  const error = result.execResult.exceptionError?.error as string | undefined;
  return {
    outcome:
      error === undefined
        ? "success"
        : error === "revert"
          ? "revert"
          : error === "out of gas"
            ? "outOfGas"
            : "invalid",
    ...(error === undefined || error === "revert" ? {} : { failure: error }),
    output: result.execResult.returnValue,
    gasUsed: result.execResult.executionGasUsed + intrinsicGasOf(request.data, request.to === null),
    logs: logsOf(result.execResult.logs ?? []),
    contractAddress: (result.createdAddress?.toString() as Address | undefined) ?? null,
  };
}

function intrinsicGasOf(data: Uint8Array, isCreation: boolean): bigint {
  const bytes = data.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
  return BigInt(21_000 + bytes + (isCreation ? 32_000 + 2 * Math.ceil(data.length / 32) : 0));
}

async function estimateGas(input: CallInput): Promise<bigint> {
  const runs = async (gasLimit: bigint): Promise<CallResult> =>
    call({ ...input, request: { ...input.request, gasLimit } });
  let high = input.request.gasLimit;
  const most = await runs(high);
  if (most.outcome !== "success") {
    throw oracleErrors.ORACLE_CALL_FAILED({ outcome: most.outcome, output: bytesToHex(most.output) });
  }
  let low = intrinsicGasOf(input.request.data, input.request.to === null) - 1n;
  while (low + 1n < high) {
    const middle = (low + high) / 2n;
    if ((await runs(middle)).outcome === "success") high = middle;
    else low = middle;
  }
  return high;
}

async function vmOf(state: OracleState, context: BlockContext) {
  const common = commonOf(context.chainId);
  const blockchain = {
    async getBlock(number: bigint | number | Uint8Array) {
      return { hash: () => hexToBytes(context.blockHash(BigInt(number as bigint))) };
    },
    async putBlock() {},
    shallowCopy() {
      return this;
    },
  };
  const evm = await createEVM({ common, stateManager: state, blockchain });
  return createVM({ common, stateManager: state, evm });
}

function blockOf(context: BlockContext, coinbase: Address): Block {
  return createBlock(
    {
      header: {
        number: context.number,
        timestamp: context.timestamp,
        gasLimit: context.gasLimit,
        baseFeePerGas: context.baseFee,
        mixHash: hexToBytes(context.prevRandao),
        coinbase: createAddressFromString(coinbase) as OracleAddress,
        excessBlobGas: 0n,
        blobGasUsed: 0n,
      },
    },
    { common: commonOf(context.chainId), skipConsensusFormatValidation: true },
  );
}

function logsOf(logs: readonly (readonly [Uint8Array, readonly Uint8Array[], Uint8Array])[]): LogEntry[] {
  return logs.map(([address, topics, data]) => ({
    address: bytesToHex(address),
    topics: topics.map(bytesToHex),
    data,
  }));
}
