import type { BlockInput, Carrier, Evm, Hash, SignedBy, TracerRequest } from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { creationAddress } from "../message/creationAddress.ts";
import { createTracer } from "../tracing/createTracer.ts";
import type { Traced } from "../tracing/hooks.ts";
import { observe } from "../tracing/observe.ts";
import { runBlock } from "./runBlock.ts";

export async function traceBlock(
  machine: Machine,
  input: BlockInput,
  request: TracerRequest,
  only?: Hash,
): Promise<Awaited<ReturnType<Evm["traceBlock"]>>> {
  const traces: Awaited<ReturnType<Evm["traceBlock"]>>[number][] = [];
  await runBlock(machine, { ...input, systemCalls: [] }, async (signed, carrier, run) => {
    const transactionHash = signed.transaction.hash;
    if (only !== undefined && transactionHash !== only) return run();
    const tracer = createTracer(request, tracedOf(machine, signed, carrier));
    const observation = observe(machine, tracer.hooks);
    const receipt = await run();
    observation.stop();
    traces.push({ transactionHash, result: tracer.result(receipt.gasUsed) });
    return receipt;
  });
  return traces;
}

function tracedOf({ state }: Machine, { transaction, sender }: SignedBy, carrier: Carrier): Traced {
  const { to, nonce, gasLimit } = transaction;
  return {
    state,
    from: sender,
    to: to ?? creationAddress(sender, nonce),
    isCreation: to === null,
    gasLimit,
    beneficiaries: [carrier.coinbase, carrier.tipRecipient],
  };
}
