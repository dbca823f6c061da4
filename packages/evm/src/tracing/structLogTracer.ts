import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Address, Json, TracerRequest } from "@trellis/protocol";
import { opcodeInfo } from "./opcodes.ts";
import { type FrameEnd, REVERTED, type Step, wordToHash } from "./TraceHooks.ts";
import type { Traced, Tracer } from "./Tracer.ts";

const STEP_SIZE = 80;
const WORD_SIZE = 69;
const SLOT_SIZE = 140;
const SLOAD = 0x54;
const SSTORE = 0x55;
const WORD_DIGITS = 64;
const NO_BYTES = new Uint8Array(0);

type Options = Extract<TracerRequest, { kind: "structLogs" }>;
type Entry = { [key: string]: Json };

/** geth's default tracer (eth/tracers/logger). */
export function createStructLogTracer(
  options: Options,
  { state, size }: Pick<Traced, "state" | "size">,
): Tracer {
  const limit = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
  const entries: Entry[] = [];
  const storage = new Map<Address, Map<string, string>>();
  let lastEntry: Entry | undefined;
  let top: Pick<FrameEnd, "failure" | "output"> | undefined;

  const onStep = (step: Step): void => {
    lastEntry = undefined;
    if (entries.length >= limit) return;
    size.add(sizeOf(step, options));
    lastEntry = entryOf(step, options);
    if (!options.disableStorage) {
      const shown = addStorage(lastEntry, step, storage, (slot) => state.slot(step.address, slot));
      size.add(shown * SLOT_SIZE);
    }
    entries.push(lastEntry);
  };

  /** geth logs SSTORE with the new refund. */
  const onStepCost = (cost: bigint, refund: bigint): void => {
    if (lastEntry === undefined) return;
    lastEntry.gasCost = Number(cost);
    if (lastEntry.op !== "SSTORE") return;
    if (refund > 0n) lastEntry.refund = Number(refund);
    else delete lastEntry.refund;
  };

  const onExit = (end: FrameEnd): void => {
    if (end.isLastStepRefused && lastEntry !== undefined) lastEntry.error = end.failure!;
    lastEntry = undefined;
    if (end.depth > 0) return;
    const { failure, output } = end;
    size.add(2 * output.length);
    top = { failure, output };
  };

  return {
    hooks: { onStep, onStepCost, onExit },
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

function sizeOf({ stackHeight, memorySize, returnDataSize }: Step, options: Options): number {
  const words =
    (options.disableStack ? 0 : stackHeight) +
    (options.enableMemory ? memorySize / 32 : 0) +
    (options.enableReturnData ? returnDataSize / 32 : 0);
  return STEP_SIZE + Math.ceil(words) * WORD_SIZE;
}

function entryOf(step: Step, options: Options): Entry {
  const { pc, opcode, gas, depth } = step;
  const returnData = options.enableReturnData ? step.returnData() : NO_BYTES;
  const memory = options.enableMemory ? step.memory() : NO_BYTES;
  const refund = step.refund();
  return {
    pc,
    op: opcodeInfo(opcode).name,
    gas: Number(gas),
    gasCost: 0,
    depth,
    ...(options.disableStack ? {} : { stack: step.stack().map(quantityToHex) }),
    ...(returnData.length > 0 ? { returnData: bytesToHex(returnData) } : {}),
    ...(memory.length > 0 ? { memory: wordsOf(memory) } : {}),
    ...(refund > 0n ? { refund: Number(refund) } : {}),
  };
}

function addStorage(
  entry: Entry,
  step: Step,
  storage: Map<Address, Map<string, string>>,
  readSlot: (slot: Address) => bigint,
): number {
  const { opcode, address, stackHeight } = step;
  if (opcode !== SLOAD && opcode !== SSTORE) return 0;
  if (stackHeight < (opcode === SLOAD ? 1 : 2)) return 0;
  const slot = wordToHash(step.stackItem(0));
  const value = opcode === SLOAD ? readSlot(slot) : step.stackItem(1);
  const slots = storage.get(address) ?? new Map<string, string>();
  storage.set(address, slots);
  slots.set(slot, wordToHash(value));
  entry.storage = Object.fromEntries([...slots].sort(([a], [b]) => (a < b ? -1 : 1)));
  return slots.size;
}

function wordsOf(memory: Uint8Array): string[] {
  const digits = bytesToHex(memory).slice(2);
  return Array.from(
    { length: digits.length / WORD_DIGITS },
    (_, index) => `0x${digits.slice(index * WORD_DIGITS, (index + 1) * WORD_DIGITS)}`,
  );
}
