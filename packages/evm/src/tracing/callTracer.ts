import { bytesToHex, quantityToHex } from "@trellis/base";
import { type Json, revertReason, type TracerRequest } from "@trellis/protocol";
import { type Call, CallTree, type Log } from "./CallTree.ts";
import { stackFailure } from "./opcodes.ts";
import { type FrameEnd, REVERTED, type Step, wordToHash } from "./TraceHooks.ts";
import type { Traced, Tracer } from "./Tracer.ts";
import type { TraceSize } from "./TraceSize.ts";

const LOG0 = 0xa0;
const LOG4 = 0xa4;
/** No gas can pay for a longer log. */
const LOG_SIZE_MAX = 1n << 24n;

type Options = Extract<TracerRequest, { kind: "call" }>;

/** JSON characters, excluding data. */
const CALL_SIZE = 300;
const LOG_SIZE = 200;

/** geth's callTracer (eth/tracers/native). */
export function createCallTracer(
  options: Options,
  { gasLimit, size }: Pick<Traced, "gasLimit" | "size">,
): Tracer {
  const tree = new CallTree(size, () => CALL_SIZE);
  const isHidden = ({ depth }: { readonly depth: number }) => options.onlyTopCall && depth > 0;
  return {
    hooks: {
      onEnter: (start) => (isHidden(start) ? undefined : tree.enter(start)),
      ...(options.withLog
        ? {
            onStep(step: Step) {
              // Step depth starts at 1.
              if (!isHidden({ depth: step.depth - 1 })) noteLog(tree.innermost!, step, size);
            },
          }
        : {}),
      onExit: (end) => void (isHidden(end) || tree.exit(end)),
    },
    // The outermost call reports the gas of the whole transaction.
    result: (gasUsed) => callToJson(tree.root!, gasLimit, gasUsed, false),
  };
}

export function noteLog(call: Call, step: Step, total: TraceSize): void {
  const { opcode, address, stackHeight } = step;
  if (opcode < LOG0 || opcode > LOG4 || stackFailure(opcode, stackHeight) !== undefined) return;
  const size = step.stackItem(1);
  if (size > LOG_SIZE_MAX) return;
  total.add(LOG_SIZE + 2 * Number(size));
  call.logs.push({
    address,
    topics: Array.from({ length: opcode - LOG0 }, (_, index) => wordToHash(step.stackItem(2 + index))),
    data: step.memorySlice(step.stackItem(0), size),
    position: call.calls.length,
  });
}

function callToJson(call: Call, gas: bigint, gasUsed: bigint, isParentFailed: boolean): Json {
  const { start, calls, logs } = call;
  const end = call.end!;
  const isFailed = isParentFailed || end.failure !== undefined;
  const to = end.failure !== undefined && start.type.startsWith("CREATE") ? undefined : start.to;
  return {
    from: start.from,
    gas: quantityToHex(gas),
    gasUsed: quantityToHex(gasUsed),
    ...(to === undefined ? {} : { to }),
    input: bytesToHex(start.input),
    ...outcomeToJson(end),
    ...(calls.length === 0
      ? {}
      : { calls: calls.map((child) => callToJson(child, child.start.gas, child.end!.gasUsed, isFailed)) }),
    ...(isFailed || logs.length === 0 ? {} : { logs: logs.map(logToJson) }),
    ...(start.value === undefined ? {} : { value: quantityToHex(start.value) }),
    type: start.type,
  };
}

function outcomeToJson({ output, failure }: Pick<FrameEnd, "output" | "failure">): { [key: string]: Json } {
  const shown = output.length === 0 ? {} : { output: bytesToHex(output) };
  if (failure === undefined) return shown;
  if (failure !== REVERTED) return { error: failure };
  const reason = revertReason(output);
  return { ...shown, error: failure, ...(reason === undefined ? {} : { revertReason: reason }) };
}

function logToJson({ address, topics, data, position }: Log): Json {
  return { address, topics, data: bytesToHex(data), position: quantityToHex(position) };
}
