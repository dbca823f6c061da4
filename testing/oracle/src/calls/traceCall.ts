import type { CallInput, Json, TracerRequest } from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { creationAddress } from "../message/creationAddress.ts";
import { runMessage } from "../message/runMessage.ts";
import { createTracer } from "../tracing/createTracer.ts";
import { observe } from "../tracing/observe.ts";
import { prepareCall } from "./prepareCall.ts";

export async function traceCall(machine: Machine, input: CallInput, request: TracerRequest): Promise<Json> {
  const { state } = machine;
  const { coinbase } = input;
  const message = prepareCall(state, input);
  const { from, to, gasLimit } = message;
  const tracer = createTracer(request, {
    state,
    from,
    to: to ?? creationAddress(from, state.account(from)?.nonce ?? 0n),
    isCreation: to === null,
    gasLimit,
    beneficiaries: [coinbase],
    authorities: [],
  });
  const observation = observe(machine, tracer.hooks);
  const { gasUsed } = await runMessage(machine, machine.block(coinbase), coinbase, message);
  observation.stop();
  return tracer.result(gasUsed);
}
