import type { EVMResult, InterpreterStep, Message } from "@ethereumjs/evm";
import { bytesToHex } from "@trellis/base";
import type { Address } from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { memoryOf } from "../machine/stepHook.ts";
import { failureOf } from "./failure.ts";
import {
  isSelfdestruct,
  type Refusal,
  refusalOf,
  refusedFrame,
  selfdestructFrame,
} from "./framesWithoutMessage.ts";
import type { FrameEnd, FrameStart, Step, TraceHooks } from "./hooks.ts";
import { opcodeName, stackFailure } from "./opcodes.ts";
import { COLD_ACCOUNT_GAS, refusedGas } from "./refusedGas.ts";
import { constantGas, isWrite, leastGas } from "./staticGas.ts";

/**
 * geth computes no memory cost above 2^37 bytes, and the engine none above 2^31. Both exceed any gas limit.
 */
const PAYABLE_MAX = 1n << 43n;
const NO_BYTES = new Uint8Array(0);
const STOP = 0x00;
const RETURN = 0xf3;
const ENDING_OPCODES = new Set([STOP, RETURN, 0xff]);
const CREATIONS = new Set(["CREATE", "CREATE2"]);
const CALL_OPCODES = new Set([0xf1, 0xf2, 0xf4, 0xfa]);

interface Frame {
  readonly start: FrameStart;
  readonly isStatic: boolean;
  address: Address;
  last: Step | undefined;
  returnData: Uint8Array;
  /** Reported after the instruction. */
  refusal: Refusal | undefined;
}

export interface Observation {
  failure(): string | undefined;
  stop(): void;
}

/** Converts ethereumjs's events to geth's events. */
export function observe(machine: Pick<Machine, "evm" | "state">, hooks: TraceHooks): Observation {
  const { evm } = machine;
  const frames: Frame[] = [];
  let failure: string | undefined;

  const onMessage = (message: Message): void => {
    const frame = frameOf(message, frames.at(-1)?.last);
    frames.push(frame);
    hooks.onEnter?.(frame.start);
  };

  const onStep = (event: InterpreterStep): void => {
    const frame = frames.at(-1)!;
    tellRefusal(frame, hooks);
    frame.address = bytesToHex(event.address.bytes);
    const step = stepOf(event, frame, frame.isStatic ? refusedGas(machine, event) : undefined);
    frame.last = step;
    hooks.onStep?.(step);
    frame.refusal = refusalOf(step, event.account.balance, frame.start.value ?? 0n);
  };

  const onResult = (result: EVMResult): void => {
    const frame = frames.pop()!;
    if (result.execResult.exceptionError === undefined) finishWell(frame, result, hooks);
    const end = endOf(frame, result);
    hooks.onExit?.(end);
    if (frame.start.depth === 0) failure = end.failure;
    const parent = frames.at(-1);
    if (parent !== undefined) parent.returnData = returnDataOf(frame, result);
  };

  evm.events.on("beforeMessage", onMessage);
  evm.events.on("step", onStep);
  evm.events.on("afterMessage", onResult);
  return {
    failure: () => failure,
    stop() {
      evm.events.off("beforeMessage", onMessage);
      evm.events.off("step", onStep);
      evm.events.off("afterMessage", onResult);
    },
  };
}

function frameOf(message: Message, caller: Step | undefined): Frame {
  const type =
    caller === undefined ? (message.to === undefined ? "CREATE" : "CALL") : opcodeName(caller.opcode);
  const codeAddress = message.to === undefined ? undefined : bytesToHex(message.codeAddress.bytes);
  // ethereumjs reports the caller's caller; geth reports the delegating contract.
  const from = type === "DELEGATECALL" ? message.to! : message.caller;
  return {
    start: {
      type,
      depth: message.depth,
      from: bytesToHex(from.bytes),
      to: codeAddress,
      input: message.data.slice(),
      gas: message.gasLimit,
      value: type === "STATICCALL" ? undefined : message.value,
    },
    isStatic: message.isStatic,
    address: codeAddress ?? "0x",
    last: undefined,
    returnData: NO_BYTES,
    refusal: undefined,
  };
}

function stepOf(event: InterpreterStep, frame: Frame, ownGas: bigint | undefined): Step {
  const step: Step = {
    pc: event.pc,
    opcode: event.opcode.code,
    gas: event.gasLeft,
    cost: 0n,
    refusedGas: ownGas,
    passedOn: 0n,
    depth: event.depth + 1,
    address: frame.address,
    stack: event.stack,
    memory: event.memory,
    returnData: frame.returnData,
    refund: event.gasRefund,
  };
  const constant = constantGas(event.opcode);
  // geth first checks the stack and the constant gas.
  const isRefused = stackFailure(step.opcode, step.stack.length) !== undefined || step.gas < constant;
  return { ...step, ...(isRefused ? { cost: constant } : costOf(step, constant, frame, event)) };
}

/** ethereumjs includes constant gas in dynamic gas, and reports no cost on failure. */
function costOf(
  step: Step,
  constant: bigint,
  { isStatic }: Frame,
  event: InterpreterStep,
): Pick<Step, "cost" | "passedOn"> {
  const { dynamicFee = 0n } = event.opcode;
  if (isStatic && isWrite(step)) {
    if (step.refusedGas === COLD_ACCOUNT_GAS) return { cost: constant, passedOn: 0n };
    const passedOn = CALL_OPCODES.has(step.opcode) ? passedOnBy(event, leastGas(step)) : 0n;
    return { cost: leastGas(step) + passedOn, passedOn };
  }
  if (dynamicFee === 0n || dynamicFee > PAYABLE_MAX) return { cost: constant, passedOn: 0n };
  const passedOn = CALL_OPCODES.has(step.opcode) ? passedOnBy(event, dynamicFee) : 0n;
  return { cost: dynamicFee + passedOn, passedOn };
}

/** EIP-150. */
function passedOnBy({ stack, gasLeft }: InterpreterStep, own: bigint): bigint {
  const left = gasLeft - own;
  if (left < 0n || stack.length === 0) return 0n;
  const most = left - left / 64n;
  const asked = stack[stack.length - 1]!;
  return asked < most ? asked : most;
}

function tellRefusal(frame: Frame, hooks: TraceHooks): void {
  const { refusal } = frame;
  if (refusal === undefined) return;
  frame.refusal = undefined;
  frame.returnData = NO_BYTES;
  tellWithoutCode(refusedFrame(refusal), refusal.failure, hooks);
}

function tellWithoutCode(frame: FrameStart, failure: string | undefined, hooks: TraceHooks): void {
  hooks.onEnter?.(frame);
  hooks.onExit?.({
    depth: frame.depth,
    output: NO_BYTES,
    gasUsed: 0n,
    failure,
    isLastStepRefused: false,
    created: undefined,
  });
}

/** Only geth emits a self-destruct's transfer and the implicit STOP. */
function finishWell(frame: Frame, { execResult }: EVMResult, hooks: TraceHooks): void {
  tellRefusal(frame, hooks);
  const { last } = frame;
  const { runState } = execResult;
  if (last === undefined || runState === undefined) return;
  if (isSelfdestruct(last)) {
    tellWithoutCode(selfdestructFrame(last, runState.env.contract.balance), undefined, hooks);
  }
  if (ENDING_OPCODES.has(last.opcode)) return;
  frame.last = {
    ...last,
    pc: runState.programCounter,
    opcode: STOP,
    gas: runState.gasLeft,
    cost: 0n,
    refusedGas: undefined,
    passedOn: 0n,
    stack: runState.stack.getStack(),
    memory: memoryOf(runState, runState.memoryWordCount),
    returnData: frame.returnData,
    refund: execResult.gasRefund ?? runState.gasRefund,
  };
  hooks.onStep?.(frame.last);
}

function endOf({ start, last }: Frame, { execResult, createdAddress }: EVMResult): FrameEnd {
  const { exceptionError, executionGasUsed, returnValue, runState } = execResult;
  const isCreation = CREATIONS.has(start.type);
  // The program counter moves only after gas is charged.
  const hasReturned = isCreation && last?.opcode === RETURN && runState?.programCounter !== last.pc;
  const failure =
    exceptionError === undefined ? undefined : failureOf(exceptionError.error, last, hasReturned);
  const isCreated = isCreation && failure === undefined && createdAddress !== undefined;
  return {
    depth: start.depth,
    output: returnValue,
    gasUsed: executionGasUsed,
    failure: failure?.words,
    isLastStepRefused: failure?.isBeforeRunning ?? false,
    created: isCreated ? bytesToHex(createdAddress.bytes) : undefined,
  };
}

/** No data after a successful creation (EIP-211). */
function returnDataOf({ start }: Frame, { execResult }: EVMResult): Uint8Array {
  const { exceptionError, returnValue } = execResult;
  if (exceptionError !== undefined) return exceptionError.error === "revert" ? returnValue : NO_BYTES;
  return CREATIONS.has(start.type) ? NO_BYTES : returnValue;
}
