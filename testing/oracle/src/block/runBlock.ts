import type { Block } from "@ethereumjs/block";
import {
  BLOOM_BYTES,
  type BlockInput,
  type BlockResult,
  type Carrier,
  logsBloom,
  mergeBlooms,
  type Receipt,
  type SignedBy,
  type TransactionOutcome,
} from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { logEntries } from "../message/logs.ts";
import { runOpeningCalls, runSystemCalls } from "./runSystemCalls.ts";
import { type Ran, runTransaction } from "./runTransaction.ts";
import { skipReason } from "./skipReason.ts";

const BASIS_POINTS = 10_000n;

export type AroundTransaction = (
  signed: SignedBy,
  carrier: Carrier,
  run: () => Promise<Receipt>,
) => Promise<Receipt>;

export async function runBlock(
  machine: Machine,
  input: BlockInput,
  around: AroundTransaction = (_signed, _carrier, run) => run(),
): Promise<BlockResult> {
  const { state } = machine;
  const outcomes: TransactionOutcome[][] = [];
  const blooms: Uint8Array[] = [new Uint8Array(BLOOM_BYTES)];
  const opened = await runOpeningCalls(machine, input);
  const openingGas = opened.reduce((sum, call) => sum + call.gasUsed, 0n);
  const reserved = (input.openingCalls ?? []).reduce(
    (sum, call) => sum + (call.isDelivery ? call.gasLimit : 0n),
    0n,
  );
  for (const call of opened) blooms.push(call.logsBloom);
  let gasUsed = openingGas;
  const own = input.carriers.at(-1);
  for (const carrier of input.carriers) {
    const block = machine.block(carrier.coinbase);
    const shared = input.context.gasLimit - (own?.gasLimit ?? 0n) - (gasUsed - openingGas);
    const most = carrier === own ? carrier.gasLimit - reserved : carrier.gasLimit;
    let budget = carrier !== own && shared < most ? shared : most;
    const results: TransactionOutcome[] = [];
    for (const signed of carrier.transactions) {
      const reason = skipReason(state, input.context, signed, budget);
      if (reason !== undefined) {
        results.push({ kind: "skipped", reason });
        continue;
      }
      const before = gasUsed;
      const receipt = await around(signed, carrier, () => runOne(machine, block, carrier, signed, before));
      budget -= receipt.gasUsed;
      gasUsed += receipt.gasUsed;
      blooms.push(receipt.logsBloom);
      results.push({ kind: "accepted", receipt });
    }
    outcomes.push(results);
  }
  const systemCalls = await runSystemCalls(machine, input);
  const { recipient, basisPoints } = input.baseFeeShare;
  state.credit(
    recipient,
    ((gasUsed - openingGas) * input.context.baseFee * BigInt(basisPoints)) / BASIS_POINTS,
  );
  for (const { address, amount } of input.credits) state.credit(address, amount);
  const result = {
    outcomes,
    gasUsed,
    logsBloom: mergeBlooms(blooms),
    systemCalls,
    changes: state.changes(),
  };
  return input.openingCalls === undefined ? result : { ...result, openingCalls: opened };
}

async function runOne(
  machine: Machine,
  block: Block,
  carrier: Carrier,
  signed: SignedBy,
  gasUsedBefore: bigint,
): Promise<Receipt> {
  return receiptOf(signed, await runTransaction(machine, block, carrier, signed), gasUsedBefore);
}

function receiptOf({ transaction }: SignedBy, ran: Ran, gasUsedBefore: bigint): Receipt {
  const logs = logEntries(ran.logs);
  return {
    type: transaction.type,
    status: ran.error === undefined ? 1 : 0,
    cumulativeGasUsed: gasUsedBefore + ran.gasUsed,
    logsBloom: logsBloom(logs),
    logs,
    transactionHash: transaction.hash,
    gasUsed: ran.gasUsed,
    effectiveGasPrice: ran.gasPrice,
    contractAddress: transaction.to === null ? (ran.created ?? null) : null,
  };
}
