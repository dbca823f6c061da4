import type { Step } from "./hooks.ts";

const SSTORE = 0x55;
const TSTORE = 0x5d;
const LOG0 = 0xa0;
const LOG4 = 0xa4;
const CREATE = 0xf0;
const CREATE2 = 0xf5;
const CALL = 0xf1;
const WARM_GAS = 100n;
const LOG_GAS = 375n;
const LOG_BYTE_GAS = 8n;
const CREATION_GAS = 32_000n;
const INITCODE_WORD_GAS = 2n;
const HASH_WORD_GAS = 6n;
const SELFDESTRUCT_GAS = 5_000n;

/**
 * What an instruction must be able to pay before a static frame refuses it; ethereumjs refuses it before it knows.
 * A call is refused once its constant part is paid.
 */
export function leastGas({ opcode, stack, memory }: Step): bigint {
  const item = (index: number): bigint => stack[stack.length - 1 - index]!;
  if (opcode === SSTORE || opcode === TSTORE || opcode === CALL) return WARM_GAS;
  if (opcode >= LOG0 && opcode <= LOG4) {
    const topics = BigInt(opcode - LOG0);
    return LOG_GAS * (topics + 1n) + LOG_BYTE_GAS * item(1) + extensionGas(memory, item(0), item(1));
  }
  if (opcode === CREATE || opcode === CREATE2) {
    const wordGas = opcode === CREATE2 ? INITCODE_WORD_GAS + HASH_WORD_GAS : INITCODE_WORD_GAS;
    return CREATION_GAS + wordGas * wordsOf(item(2)) + extensionGas(memory, item(1), item(2));
  }
  return SELFDESTRUCT_GAS;
}

/** Yellow paper, appendix H.1. */
function extensionGas(memory: Uint8Array, offset: bigint, size: bigint): bigint {
  if (size === 0n) return 0n;
  const before = wordsOf(BigInt(memory.length));
  const after = wordsOf(offset + size);
  return after <= before ? 0n : memoryGas(after) - memoryGas(before);
}

function memoryGas(words: bigint): bigint {
  return 3n * words + (words * words) / 512n;
}

function wordsOf(bytes: bigint): bigint {
  return (bytes + 31n) / 32n;
}
