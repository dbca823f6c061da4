import type { Block } from "@ethereumjs/block";
import type { Log } from "@ethereumjs/evm";
import {
  type BlockInput,
  logsBloom,
  type OpeningResult,
  SYSTEM_ADDRESS,
  type SystemCall,
  type SystemCallResult,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { logEntries } from "../message/logs.ts";
import { addressOf, deleteDestroyed, gasUsedOf, warmUp } from "../message/runMessage.ts";

/** The coinbase is the last carrier's. [EVM-11] */
export async function runSystemCalls(
  machine: Machine,
  { carriers, systemCalls }: BlockInput,
): Promise<SystemCallResult[]> {
  const results: SystemCallResult[] = [];
  const block = machine.block(carriers.at(-1)?.coinbase ?? ZERO_ADDRESS);
  for (const call of systemCalls) {
    const { isSuccess, output } = await runSystemCall(machine, block, call);
    results.push({ isSuccess, output });
  }
  return results;
}

/** [SHARD-13] */
export async function runOpeningCalls(
  machine: Machine,
  { carriers, openingCalls = [] }: BlockInput,
): Promise<OpeningResult[]> {
  const block = machine.block(carriers.at(-1)?.coinbase ?? ZERO_ADDRESS);
  const results: OpeningResult[] = [];
  for (const call of openingCalls) {
    const { gasUsed, logs, ...result } = await runSystemCall(machine, block, call);
    const kept = call.isDelivery ? logEntries(logs) : [];
    results.push({
      ...result,
      gasUsed: call.isDelivery ? gasUsed : 0n,
      logs: kept,
      logsBloom: logsBloom(kept),
    });
  }
  return results;
}

async function runSystemCall(
  machine: Machine,
  block: Block,
  { to, value, data, gasLimit }: SystemCall,
): Promise<SystemCallResult & { readonly gasUsed: bigint; readonly logs: readonly Log[] }> {
  const { evm, state } = machine;
  evm.journal.cleanJournal();
  evm.transientStorage.clear();
  await evm.journal.checkpoint();
  warmUp(machine, block, { from: SYSTEM_ADDRESS, to, accessList: [] });
  state.credit(SYSTEM_ADDRESS, value);
  const result = await evm.runCall({
    block,
    caller: addressOf(SYSTEM_ADDRESS),
    gasPrice: 0n,
    gasLimit,
    to: addressOf(to),
    value,
    data,
    skipNonceIncrement: true,
  });
  const { exceptionError, returnValue, logs = [] } = result.execResult;
  const gasUsed = gasUsedOf(result, 0n);
  const isSuccess = exceptionError === undefined;
  if (isSuccess) {
    await deleteDestroyed(machine, result);
    await evm.journal.cleanup();
    await state.commit();
  } else {
    await evm.journal.revert();
    evm.journal.cleanJournal();
  }
  state.originalStorageCache.clear();
  return { isSuccess, output: returnValue, gasUsed, logs: isSuccess ? logs : [] };
}
