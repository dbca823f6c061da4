import type { Step } from "./hooks.ts";

const RETURNDATACOPY = 0x3e;
const SSTORE = 0x55;
const TSTORE = 0x5d;
const LOG0 = 0xa0;
const LOG4 = 0xa4;
const CREATE = 0xf0;
const CREATE2 = 0xf5;
/** EIP-2200. */
export const SSTORE_SENTRY_GAS = 2_300n;
const WARM_GAS = 100n;
const COPY_GAS = 3n;
const LOG_GAS = 375n;
const LOG_BYTE_GAS = 8n;
const CREATION_GAS = 32_000n;
const INITCODE_WORD_GAS = 2n;
const HASH_WORD_GAS = 6n;
/** EXP, SLOAD, SSTORE, LOG0 to LOG4. In geth these have only dynamic gas. */
const ALL_DYNAMIC = new Set([0x0a, 0x54, 0x55, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4]);
const ACCESSING = new Set([0x31, 0x3b, 0x3c, 0x3f, 0xf1, 0xf2, 0xf4, 0xfa]);

/**
 * Gas that geth requires before it rejects a static write or a read beyond return data. ethereumjs rejects
 * first.
 */
export function leastGas({ opcode, stack, memory, refusedGas }: Step): bigint {
  const item = (index: number): bigint => stack[stack.length - 1 - index]!;
  if (refusedGas !== undefined) return refusedGas;
  if (opcode === TSTORE) return WARM_GAS;
  if (opcode === RETURNDATACOPY) {
    return COPY_GAS + COPY_GAS * wordsOf(item(2)) + extensionGas(memory, item(0), item(2));
  }
  if (opcode >= LOG0 && opcode <= LOG4) {
    const topics = BigInt(opcode - LOG0);
    return LOG_GAS * (topics + 1n) + LOG_BYTE_GAS * item(1) + extensionGas(memory, item(0), item(1));
  }
  const wordGas = opcode === CREATE2 ? INITCODE_WORD_GAS + HASH_WORD_GAS : INITCODE_WORD_GAS;
  return CREATION_GAS + wordGas * wordsOf(item(2)) + extensionGas(memory, item(1), item(2));
}

/** A static frame rejects these writes after its gas check. */
export function isWrite({ opcode, gas, refusedGas }: Step): boolean {
  if (opcode === SSTORE) return gas > SSTORE_SENTRY_GAS;
  const isLog = opcode >= LOG0 && opcode <= LOG4;
  return refusedGas !== undefined || isLog || opcode === TSTORE || opcode === CREATE || opcode === CREATE2;
}

/** Charged before operands are read. */
export function constantGas({ code, fee }: { readonly code: number; readonly fee: number }): bigint {
  if (ALL_DYNAMIC.has(code)) return 0n;
  return ACCESSING.has(code) ? WARM_GAS : BigInt(fee);
}

/** Yellow paper, appendix H.1. */
export function extensionGas(memory: Uint8Array, offset: bigint, size: bigint): bigint {
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
