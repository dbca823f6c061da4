import {
  type BlockInput,
  type BlockResult,
  type Carrier,
  type SignedBy,
  type SkipReason,
  type SystemCallResult,
  type TransactionOutcome,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { Engine, Verdict } from "./engine/Engine.ts";
import { MAP } from "./engine/memoryMap.ts";
import { readChanges, readOutcome, readOutput, readReceipt } from "./engine/results.ts";
import { evmErrors } from "./errors.ts";

const BASIS_POINTS = 10_000n;

/** Runs one transaction, between whatever its caller does before and after it. */
export type AroundTransaction = (signed: SignedBy, carrier: Carrier, run: () => Verdict) => Verdict;

/**
 * Runs a chain block on an engine that was set to its state: every carrier's transactions, the block's own calls,
 * then fees and rewards. [EVM-2, EVM-3, EVM-11]
 * @throws TRANSACTION_INVALID, ENGINE_LIMIT
 */
export function runBlock(
  engine: Engine,
  input: BlockInput,
  around: AroundTransaction = (_signed, _carrier, run) => run(),
): BlockResult {
  engine.setContext(input.context);
  const totals = { gasUsed: 0n };
  const sharedMax = sharedGasMax(input);
  const last = input.carriers.length - 1;
  const outcomes = input.carriers.map((carrier, index) => {
    const shared = sharedMax - totals.gasUsed;
    const budget = index < last && shared < carrier.gasLimit ? shared : carrier.gasLimit;
    return runCarrier(engine, carrier, budget, totals, around);
  });
  const systemCalls = runSystemCalls(engine, input);
  creditFees(engine, input, totals.gasUsed);
  const logsBloom = engine.memory.copy(MAP.BLOCK_BLOOM, 256);
  return { outcomes, gasUsed: totals.gasUsed, logsBloom, systemCalls, changes: readChanges(engine) };
}

/** The chain block's own budget is kept for it; the blocks that it merges share what else its gas limit has. [EXEC-8] */
function sharedGasMax({ context, carriers }: BlockInput): bigint {
  return context.gasLimit - (carriers.at(-1)?.gasLimit ?? 0n);
}

function runCarrier(
  engine: Engine,
  carrier: Carrier,
  budgetMax: bigint,
  totals: { gasUsed: bigint },
  around: AroundTransaction,
): TransactionOutcome[] {
  engine.setRecipients(carrier.coinbase, carrier.tipRecipient);
  let budget = budgetMax;
  return carrier.transactions.map((signed) => {
    const verdict = around(signed, carrier, () =>
      engine.runTransaction(signed.transaction.encoded, signed.sender, budget),
    );
    if (verdict !== "ACCEPTED") return { kind: "skipped", reason: skipReason(verdict, signed) };
    const receipt = readReceipt(engine.memory, signed.transaction, totals.gasUsed);
    budget -= receipt.gasUsed;
    totals.gasUsed = receipt.cumulativeGasUsed;
    return { kind: "accepted", receipt };
  });
}

/** COINBASE is the chain block's miner: the last carrier's. */
function runSystemCalls(engine: Engine, { carriers, systemCalls }: BlockInput): SystemCallResult[] {
  const coinbase = carriers.at(-1)?.coinbase ?? ZERO_ADDRESS;
  engine.setRecipients(coinbase, coinbase);
  return systemCalls.map((call) => {
    engine.runSystemCall(call);
    const { memory } = engine;
    return { isSuccess: readOutcome(memory).outcome === "success", output: readOutput(memory) };
  });
}

/** @throws TRANSACTION_INVALID */
function skipReason(verdict: Exclude<Verdict, "ACCEPTED">, { transaction }: SignedBy): SkipReason {
  switch (verdict) {
    case "NONCE_TOO_LOW":
    case "NONCE_TOO_HIGH":
    case "FUNDS_INSUFFICIENT":
    case "FEE_BELOW_BASE_FEE":
    case "GAS_BUDGET_EXHAUSTED":
    case "SENDER_HAS_CODE":
      return verdict;
    default:
      throw evmErrors.TRANSACTION_INVALID({ transaction: transaction.hash, verdict });
  }
}

/** The treasury's part of the base fee, and the rewards. */
function creditFees(engine: Engine, input: BlockInput, gasUsed: bigint): void {
  const { recipient, basisPoints } = input.baseFeeShare;
  engine.credit(recipient, (gasUsed * input.context.baseFee * BigInt(basisPoints)) / BASIS_POINTS);
  for (const { address, amount } of input.credits) engine.credit(address, amount);
}
