import { REVERTED, type Step } from "./hooks.ts";
import { opcodeName, stackFailure } from "./opcodes.ts";
import { leastGas, SSTORE_SENTRY_GAS } from "./staticGas.ts";

const RETURNDATACOPY = 0x3e;
const SSTORE = 0x55;
const CREATE = 0xf0;
const CREATE2 = 0xf5;
const CREATION_GAS = 32_000n;
/** EIP-3860. */
const INIT_CODE_SIZE_MAX = 49_152n;
/** Limit of geth's memoryGasCost. */
const MEMORY_SIZE_MAX = 0x1f_ffff_ffe0n;

const GETH_WORDS: Readonly<Record<string, string>> = {
  revert: REVERTED,
  "create collision": "contract address collision",
  "code size to deposit exceeds maximum code size": "max code size exceeded",
  "invalid bytecode deployed": "invalid code: must not begin with 0xef",
  "insufficient balance": "insufficient balance for transfer",
};

export interface Failure {
  readonly words: string;
  readonly isBeforeRunning: boolean;
}

export function failureOf(error: string, last: Step | undefined, hasReturned: boolean): Failure {
  if (last === undefined) return running(inWords(error));
  const stack = stackFailure(last.opcode, last.stack.length);
  if (stack !== undefined) return { words: stack, isBeforeRunning: true };
  if (error === "static state change") return refusedWrite(last);
  if (error === "out of gas") {
    return hasReturned ? running("contract creation code storage out of gas") : outOfGas(last);
  }
  if (error === "invalid opcode") return running(`invalid opcode: ${opcodeName(last.opcode)}`);
  if (error === "initcode exceeds max initcode size") return initCodeTooLarge(last);
  return running(inWords(error));
}

/** Unlike ethereumjs, geth checks gas before static mode. */
function refusedWrite(last: Step): Failure {
  const isSentry = last.opcode === SSTORE && last.gas <= SSTORE_SENTRY_GAS;
  if (isSentry || leastGas(last) > last.gas) return outOfGas(last);
  return running("write protection");
}

/** ethereumjs reports out of gas where geth reports other failures. */
function outOfGas(last: Step): Failure {
  const { opcode, stack, gas, returnData } = last;
  const item = (index: number): bigint => stack[stack.length - 1 - index]!;
  const isBehindEnd = opcode === RETURNDATACOPY && item(1) + item(2) > returnData.length;
  if (isBehindEnd && leastGas(last) <= gas) return running("return data out of bounds");
  // geth checks the init code's size after the cost of memory, before the cost of init code.
  const isCreation = (opcode === CREATE || opcode === CREATE2) && gas >= CREATION_GAS;
  if (isCreation && item(2) > INIT_CODE_SIZE_MAX && item(1) + item(2) <= MEMORY_SIZE_MAX) {
    return initCodeTooLarge(last);
  }
  if (opcode === SSTORE && gas <= SSTORE_SENTRY_GAS) {
    return { words: "out of gas: not enough gas for reentrancy sentry", isBeforeRunning: true };
  }
  return { words: "out of gas", isBeforeRunning: true };
}

function initCodeTooLarge({ stack }: Step): Failure {
  const size = stack[stack.length - 3]!;
  return { words: `out of gas: max initcode size exceeded: size ${size}`, isBeforeRunning: true };
}

export function isOutOfGas(words: string): boolean {
  return words.startsWith("out of gas") || words === "contract creation code storage out of gas";
}

function running(words: string): Failure {
  return { words, isBeforeRunning: false };
}

function inWords(error: string): string {
  // ethereumjs appends the position.
  if (error.startsWith("invalid JUMP")) return "invalid jump destination";
  return GETH_WORDS[error] ?? error;
}
