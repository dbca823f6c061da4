import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Address, Hash, Json, TracerRequest } from "@trellis/protocol";
import { stackFailure } from "./opcodes.ts";
import { revertReason } from "./revertReason.ts";
import { type FrameEnd, type FrameStart, REVERTED, type Step, wordToHash } from "./TraceHooks.ts";
import type { Traced, Tracer } from "./Tracer.ts";

const LOG0 = 0xa0;
const LOG4 = 0xa4;
/** A longer log cannot be paid for; its instruction is going to fail. */
const LOG_SIZE_MAX = 1n << 24n;

type Options = Extract<TracerRequest, { kind: "call" }>;

interface Call {
  readonly start: FrameStart;
  end: FrameEnd | undefined;
  readonly calls: Call[];
  readonly logs: Log[];
}

interface Log {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Uint8Array;
  /** Calls of the same frame before it. */
  readonly position: number;
}

/** The tree of calls: geth's callTracer (eth/tracers/native). */
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
      ...(options.withLog ? { onStep: (step: Step) => noteLog(running.at(-1)!, step) } : {}),
      onExit(end) {
        running.pop()!.end = end;
      },
    },
    // The outermost call shows what the whole transaction was given and used.
    result: (gasUsed) => callToJson(root!, gasLimit, gasUsed, false),
  };
}

function noteLog(call: Call, step: Step): void {
  const { opcode, address, stackHeight } = step;
  if (opcode < LOG0 || opcode > LOG4 || stackFailure(opcode, stackHeight) !== undefined) return;
  const size = step.stackItem(1);
  if (size > LOG_SIZE_MAX) return;
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
    // What a failed call logged never happened.
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

function logToJson({ address, topics, data, position }: Log): Json {
  return { address, topics, data: bytesToHex(data), position: quantityToHex(position) };
}
