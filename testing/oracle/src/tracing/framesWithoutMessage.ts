import { type FrameStart, memorySlice, type Step, wordToAddress } from "./hooks.ts";
import { opcodeName, stackFailure } from "./opcodes.ts";

const CALL = 0xf1;
const CALLCODE = 0xf2;
const CREATE = 0xf0;
const CREATE2 = 0xf5;
const DELEGATECALL = 0xf4;
const STATICCALL = 0xfa;
const CALL_OPCODES = new Set([CALL, CALLCODE, DELEGATECALL, STATICCALL]);
const CREATION_OPCODES = new Set([CREATE, CREATE2]);
const SELFDESTRUCT = 0xff;
const CALL_STIPEND = 2_300n;
/** Counted from 1. */
const DEPTH_MAX = 1_024;
const NO_BYTES = new Uint8Array(0);

/** ethereumjs emits no event for a call that exceeds the balance or the depth limit. */
export interface Refusal {
  readonly step: Step;
  readonly value: bigint;
  readonly failure: string;
}

export function refusalOf(step: Step, balance: bigint, value: bigint): Refusal | undefined {
  const { opcode, stack, depth } = step;
  if (!CALL_OPCODES.has(opcode) && !CREATION_OPCODES.has(opcode)) return undefined;
  if (stackFailure(opcode, stack.length) !== undefined) return undefined;
  if (depth > DEPTH_MAX) return { step, value, failure: "max call depth exceeded" };
  if ((sentValue(step) ?? 0n) <= balance) return undefined;
  return { step, value, failure: "insufficient balance for transfer" };
}

/** geth reports a frame if the gas covers memory. */
export function refusedFrame({ step, value }: Refusal): FrameStart {
  return CREATION_OPCODES.has(step.opcode) ? refusedCreation(step) : refusedCall(step, value);
}

export function isSelfdestruct({ opcode }: Step): boolean {
  return opcode === SELFDESTRUCT;
}

export function selfdestructFrame({ depth, address, stack }: Step, balance: bigint): FrameStart {
  return {
    type: "SELFDESTRUCT",
    depth,
    from: address,
    to: wordToAddress(stack[stack.length - 1]!),
    input: NO_BYTES,
    gas: 0n,
    value: balance,
  };
}

function sentValue({ opcode, stack }: Step): bigint | undefined {
  if (opcode === CALL || opcode === CALLCODE) return stack[stack.length - 3]!;
  return CREATION_OPCODES.has(opcode) ? stack[stack.length - 1]! : undefined;
}

function refusedCall(step: Step, parentValue: bigint): FrameStart {
  const { opcode, stack, memory, depth, address, passedOn } = step;
  const item = (index: number): bigint => stack[stack.length - 1 - index]!;
  const sent = sentValue(step);
  const inputAt = sent === undefined ? 2 : 3;
  return {
    type: opcodeName(opcode),
    depth,
    from: address,
    to: wordToAddress(item(1)),
    input: memorySlice(memory, item(inputAt), item(inputAt + 1)),
    gas: passedOn + ((sent ?? 0n) > 0n ? CALL_STIPEND : 0n),
    value: opcode === DELEGATECALL ? parentValue : sent,
  };
}

function refusedCreation({ opcode, stack, memory, gas, cost, depth, address }: Step): FrameStart {
  const item = (index: number): bigint => stack[stack.length - 1 - index]!;
  const left = gas - cost;
  return {
    type: opcodeName(opcode),
    depth,
    from: address,
    to: undefined,
    input: memorySlice(memory, item(1), item(2)),
    gas: left - left / 64n,
    value: item(0),
  };
}
