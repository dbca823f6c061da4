import type { CallInput, CallOutcome, CallResult } from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { logEntries } from "../message/logs.ts";
import { type MessageResult, runMessage } from "../message/runMessage.ts";
import { isOutOfGas } from "../tracing/failure.ts";
import { observe } from "../tracing/observe.ts";
import { prepareCall } from "./prepareCall.ts";

export async function simulate(machine: Machine, input: CallInput): Promise<MessageResult> {
  const { state } = machine;
  const message = prepareCall(state, input);
  await state.checkpoint();
  const result = await runMessage(machine, machine.block(input.coinbase), input.coinbase, message);
  await state.revert();
  return result;
}

export async function call(machine: Machine, input: CallInput): Promise<CallResult> {
  const result = await simulate(machine, input);
  const failure = await failureOfCall(machine, input, result);
  return {
    outcome: outcomeOf(result, failure),
    ...(failure === undefined ? {} : { failure }),
    output: result.output,
    gasUsed: result.gasUsed,
    logs: logEntries(result.logs),
    contractAddress: input.request.to === null ? (result.created ?? null) : null,
  };
}

/** geth's message depends on the last instruction. */
async function failureOfCall(
  machine: Machine,
  input: CallInput,
  { error }: MessageResult,
): Promise<string | undefined> {
  if (error === undefined || error === "revert") return undefined;
  const observation = observe(machine, {});
  await simulate(machine, input);
  observation.stop();
  return observation.failure();
}

function outcomeOf({ error }: MessageResult, failure: string | undefined): CallOutcome {
  if (error === undefined) return "success";
  if (failure === undefined) return "revert";
  return isOutOfGas(failure) ? "outOfGas" : "invalid";
}
