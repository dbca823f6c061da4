import type { Block } from "@ethereumjs/block";
import {
  type BlockInput,
  SYSTEM_ADDRESS,
  type SystemCall,
  type SystemCallResult,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { addressOf, deleteDestroyed, warmUp } from "../message/runMessage.ts";

/** The coinbase is the last carrier's. [EVM-11] */
export async function runSystemCalls(
  machine: Machine,
  { carriers, systemCalls }: BlockInput,
): Promise<SystemCallResult[]> {
  const results: SystemCallResult[] = [];
  const block = machine.block(carriers.at(-1)?.coinbase ?? ZERO_ADDRESS);
  for (const call of systemCalls) results.push(await runSystemCall(machine, block, call));
  return results;
}

async function runSystemCall(
  machine: Machine,
  block: Block,
  { to, value, data, gasLimit }: SystemCall,
): Promise<SystemCallResult> {
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
  const { exceptionError, returnValue } = result.execResult;
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
  return { isSuccess, output: returnValue };
}
