import type {
  BlockContext,
  BlockInput,
  CallInput,
  Cancellation,
  Evm,
  Hash,
  StateReader,
} from "@trellis/protocol";
import type { SentBlock, SentCall, SentContext, Task } from "./messages.ts";
import { unpackCarrier } from "./packedCarriers.ts";
import { type Packed, packCallResult, packTrace, packTraces } from "./packedResult.ts";

interface TaskPorts {
  readonly state: StateReader;
  readonly blockHash: (number: bigint) => Hash;
  readonly cancellation: Cancellation;
}

export async function runTask(evm: Evm, task: Task, ports: TaskPorts): Promise<Packed<unknown>> {
  switch (task.kind) {
    case "call":
      return packCallResult(await evm.call(callInput(task.input, ports)));
    case "estimateGas":
      return { result: await evm.estimateGas(callInput(task.input, ports)), transfer: [] };
    case "createAccessList":
      return { result: await evm.createAccessList(callInput(task.input, ports)), transfer: [] };
    case "traceCall":
      return packTrace(await evm.traceCall(callInput(task.input, ports), task.tracer));
    case "traceCalls": {
      const { bundles, ...input } = task.input;
      return packTrace(await evm.traceCalls({ ...sequenceInput(input, ports), bundles }));
    }
    case "simulateBlocks": {
      const { context, ...input } = task.input;
      const { state, cancellation } = ports;
      const simulation = { ...input, state, cancellation, context: contextOf(context, ports) };
      return { result: await evm.simulateBlocks(simulation), transfer: [] };
    }
    case "traceBlock": {
      const { input, tracer, only } = task;
      return packTraces(await evm.traceBlock(blockInput(input, ports), tracer, only, ports.cancellation));
    }
  }
}

function callInput(input: SentCall, ports: TaskPorts): CallInput {
  return { ...sequenceInput(input, ports), request: input.request };
}

function sequenceInput<S extends Omit<SentCall, "request">>({ context, ...input }: S, ports: TaskPorts) {
  const { state, cancellation } = ports;
  return { ...input, state, cancellation, context: contextOf(context, ports) };
}

function blockInput({ context, carriers, ...input }: SentBlock, ports: TaskPorts): BlockInput {
  return {
    ...input,
    state: ports.state,
    context: contextOf(context, ports),
    carriers: carriers.map(unpackCarrier),
    systemCalls: [],
  };
}

/** Cached: BLOCKHASH costs only 20 gas, but a read takes 15 µs. */
function contextOf(context: SentContext, { blockHash }: TaskPorts): BlockContext {
  const known = new Map<bigint, Hash>();
  return {
    ...context,
    blockHash(number) {
      const hash = known.get(number) ?? blockHash(number);
      known.set(number, hash);
      return hash;
    },
  };
}
