import type { CoreMemory } from "../engine/CoreMemory.ts";
import { HALTS } from "../engine/halts.ts";
import { MAP } from "../engine/memoryMap.ts";
import { opcodeInfo, stackFailure } from "./opcodes.ts";
import { REVERTED } from "./TraceHooks.ts";

/** geth's messages, by halt. */
const WORDS: readonly string[] = [
  "",
  "",
  REVERTED,
  "out of gas",
  "stack underflow",
  "invalid jump destination",
  "invalid opcode",
  "write protection",
  "return data out of bounds",
  "out of gas: max initcode size exceeded",
  "max code size exceeded",
  "invalid code: must not begin with 0xef",
  "contract creation code storage out of gas",
  "contract address collision",
  "precompile failed",
  "max call depth exceeded",
  "insufficient balance for transfer",
  "nonce uint64 overflow",
];

const SSTORE = 0x55;
const SSTORE_SENTRY_GAS = 2_300n;

export interface Failure {
  readonly words: string;
  /** True if geth's stack or gas check fails. */
  readonly isBeforeRunning: boolean;
}

export interface LastStep {
  readonly opcode: number;
  readonly gas: bigint;
  readonly stackHeight: number;
}

/** Checks the stack before gas, as geth does. */
export function failureOf(memory: CoreMemory, halt: number, last: LastStep | undefined): Failure | undefined {
  if (halt <= HALTS.return) return undefined;
  if (last === undefined) return running(WORDS[halt]);
  if (halt === HALTS.stack || halt === HALTS.outOfGas) {
    const stack = stackFailure(last.opcode, last.stackHeight);
    if (stack !== undefined) return { words: stack, isBeforeRunning: true };
    const isSentry = last.opcode === SSTORE && last.gas <= SSTORE_SENTRY_GAS;
    const words = isSentry ? "out of gas: not enough gas for reentrancy sentry" : "out of gas";
    return { words, isBeforeRunning: true };
  }
  if (halt === HALTS.invalid) return running(invalidOpcode(last.opcode));
  if (halt === HALTS.initCodeSize) return { words: initCodeTooLarge(memory), isBeforeRunning: true };
  return running(WORDS[halt]);
}

/** Undefined if ambiguous without the tracing build. */
export function certainFailure(memory: CoreMemory): string | undefined {
  const halt = memory.u32(MAP.RESULT + MAP.R_HALT);
  if (halt === HALTS.stack) return undefined;
  if (halt === HALTS.outOfGas && memory.u32(MAP.RESULT + MAP.R_UNSURE) === 1) return undefined;
  if (halt === HALTS.invalid) return invalidOpcode(memory.u32(MAP.RESULT + MAP.R_OPCODE));
  if (halt === HALTS.initCodeSize) return initCodeTooLarge(memory);
  return WORDS[halt];
}

function invalidOpcode(opcode: number): string {
  return `invalid opcode: ${opcodeInfo(opcode).name}`;
}

function initCodeTooLarge(memory: CoreMemory): string {
  return `${WORDS[HALTS.initCodeSize]}: size ${memory.word(MAP.RESULT + MAP.R_INIT_CODE_SIZE)}`;
}

export function isOutOfGas(words: string): boolean {
  return words.startsWith("out of gas") || words === WORDS[HALTS.codeDeposit];
}

function running(words: string | undefined): Failure {
  return { words: words ?? "execution failed", isBeforeRunning: false };
}
