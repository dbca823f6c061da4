import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Json, TracerRequest } from "@trellis/protocol";
import {
  type FrameEnd,
  type FrameStart,
  memorySlice,
  REVERTED,
  type Step,
  type Traced,
  type Tracer,
  wordToHash,
} from "./hooks.ts";
import { revertReason } from "./revertReason.ts";

const LOG0 = 0xa0;
const LOG4 = 0xa4;

type Options = Extract<TracerRequest, { kind: "call" }>;

interface Call {
  readonly start: FrameStart;
  end: FrameEnd | undefined;
  readonly calls: Call[];
  readonly logs: Log[];
}

interface Log {
  readonly step: Step;
  readonly position: number;
}

/** geth's callTracer (eth/tracers/native). */
export function createCallTracer(options: Options, { gasLimit }: Pick<Traced, "gasLimit">): Tracer {
  let root: Call | undefined;
  const running: Call[] = [];
  return {
    hooks: {
      onEnter(start) {
        const call: Call = { start, end: undefined, calls: [], logs: [] };
        if (start.depth === 0) root = call;
        else if (!options.onlyTopCall) running.at(-1)!.calls.push(call);
        running.push(call);
      },
      onStep(step) {
        if (!options.withLog || step.opcode < LOG0 || step.opcode > LOG4) return;
        const call = running.at(-1)!;
        call.logs.push({ step, position: call.calls.length });
      },
      onExit(end) {
        running.pop()!.end = end;
      },
    },
    // The outermost call reports the whole transaction's gas.
    result: (gasUsed) => callToJson(root!, gasLimit, gasUsed, false),
  };
}

function callToJson(call: Call, gas: bigint, gasUsed: bigint, isParentFailed: boolean): Json {
  const { start, calls, logs } = call;
  const end = call.end!;
  const isFailed = isParentFailed || end.failure !== undefined;
  const to =
    end.failure !== undefined && start.type.startsWith("CREATE") ? undefined : (end.created ?? start.to);
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

function outcomeToJson({ output, failure }: FrameEnd): { [key: string]: Json } {
  const shown = output.length === 0 ? {} : { output: bytesToHex(output) };
  if (failure === undefined) return shown;
  if (failure !== REVERTED) return { error: failure };
  const reason = revertReason(output);
  return { ...shown, error: failure, ...(reason === undefined ? {} : { revertReason: reason }) };
}

function logToJson({ step, position }: Log): Json {
  const { address, opcode, stack, memory } = step;
  const item = (index: number): bigint => stack[stack.length - 1 - index]!;
  const topics = Array.from({ length: opcode - LOG0 }, (_, index) => wordToHash(item(2 + index)));
  return {
    address,
    topics,
    data: bytesToHex(memorySlice(memory, item(0), item(1))),
    position: quantityToHex(position),
  };
}
