import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Address, Json, TracerRequest } from "@trellis/protocol";
import { type FrameEnd, REVERTED, type Step, type Traced, type Tracer, wordToHash } from "./hooks.ts";
import { opcodeName } from "./opcodes.ts";

/** About 500 MB of JSON. */
const STEPS_MAX = 500_000;
const SLOAD = 0x54;
const SSTORE = 0x55;
const WORD_DIGITS = 64;

type Options = Extract<TracerRequest, { kind: "structLogs" }>;
type Entry = { [key: string]: Json };

/** geth's default tracer (eth/tracers/logger). */
export function createStructLogTracer(options: Options, { state }: Pick<Traced, "state">): Tracer {
  const limit = options.limit === 0 ? STEPS_MAX : Math.min(options.limit, STEPS_MAX);
  const entries: Entry[] = [];
  const storage = new Map<Address, Map<string, string>>();
  let lastEntry: Entry | undefined;
  let top: FrameEnd | undefined;

  const onStep = (step: Step): void => {
    lastEntry = undefined;
    if (entries.length >= limit) return;
    lastEntry = entryOf(step, options);
    if (!options.disableStorage)
      addStorage(lastEntry, step, storage, (slot) => state.slot(step.address, slot));
    entries.push(lastEntry);
  };

  const onExit = (end: FrameEnd): void => {
    if (end.isLastStepRefused && lastEntry !== undefined) lastEntry.error = end.failure!;
    lastEntry = undefined;
    if (end.depth === 0) top = end;
  };

  return {
    hooks: { onStep, onExit },
    result(gasUsed) {
      const { failure, output } = top!;
      const hasOutput = failure === undefined || failure === REVERTED;
      return {
        gas: Number(gasUsed),
        failed: failure !== undefined,
        returnValue: hasOutput ? bytesToHex(output) : "0x",
        structLogs: entries,
      };
    },
  };
}

function entryOf(step: Step, options: Options): Entry {
  const { pc, opcode, gas, cost, depth, stack, memory, returnData, refund } = step;
  return {
    pc,
    op: opcodeName(opcode),
    gas: Number(gas),
    gasCost: Number(cost),
    depth,
    ...(options.disableStack ? {} : { stack: stack.map(quantityToHex) }),
    ...(options.enableReturnData && returnData.length > 0 ? { returnData: bytesToHex(returnData) } : {}),
    ...(options.enableMemory && memory.length > 0 ? { memory: wordsOf(memory) } : {}),
    ...(refund > 0n ? { refund: Number(refund) } : {}),
  };
}

function addStorage(
  entry: Entry,
  { opcode, stack, address }: Step,
  storage: Map<Address, Map<string, string>>,
  readSlot: (slot: Address) => bigint,
): void {
  if (opcode !== SLOAD && opcode !== SSTORE) return;
  if (stack.length < (opcode === SLOAD ? 1 : 2)) return;
  const slot = wordToHash(stack[stack.length - 1]!);
  const value = opcode === SLOAD ? readSlot(slot) : stack[stack.length - 2]!;
  const slots = storage.get(address) ?? new Map<string, string>();
  storage.set(address, slots);
  slots.set(slot, wordToHash(value));
  entry.storage = Object.fromEntries([...slots].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function wordsOf(memory: Uint8Array): string[] {
  const digits = bytesToHex(memory).slice(2);
  return Array.from(
    { length: digits.length / WORD_DIGITS },
    (_, index) => `0x${digits.slice(index * WORD_DIGITS, (index + 1) * WORD_DIGITS)}`,
  );
}
