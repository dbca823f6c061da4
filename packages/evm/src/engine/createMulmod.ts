import { coreModule } from "../systemCore.ts";
import type { CoreMemory } from "./CoreMemory.ts";
import { MAP } from "./memoryMap.ts";

/** Of the table of functions that the core calls. */
export const MULMOD_POSITION = 1;

export type Mulmod = (out: number, x: number, y: number, modulus: number) => void;

interface BarrettExports {
  /** Returns 0 if multiply-adds are not fused. */
  start(): number;
  readonly mulmod: Mulmod;
}

const LIMB_BITS = 51n;
const LIMB_MASK = (1n << LIMB_BITS) - 1n;
const LIMBS = 5;
const PAIRED_LIMBS = 6;
const SHIFTED_BITS = 255;
/** Addresses after MAP.BARRETT (core/barrett/constants.ts). */
const [MODULUS, RECIPROCAL, MODULUS_LIMBS, INVERSE, WORD_INVERSE, MULTIPLES] = [48, 96, 144, 184, 192, 272];
/** Of a modulus of 252 bits, in 256 bits. */
const MULTIPLES_MAX = 31;
const SLIGHTLY_LESS = 1 - 2 ** -48;

/**
 * MULMOD that is faster for a modulus of 252 to 254 bits that is used often. Otherwise it calls `general`.
 * @returns undefined where multiply-adds are not fused
 */
export function createMulmod(memory: CoreMemory, general: Mulmod): Mulmod | undefined {
  const instance = new WebAssembly.Instance(coreModule("barrett"), {
    env: { memory: memory.memory },
    core: { mulmodGeneral: general },
    host: { prepare: (modulus: number) => prepare(memory, memory.word(modulus)) },
  });
  const { start, mulmod } = instance.exports as unknown as BarrettExports;
  return start() === 1 ? mulmod : undefined;
}

/** @returns the modulus's bits, or 0 for a power of two, whose reciprocal has six limbs */
function prepare(memory: CoreMemory, modulus: bigint): number {
  const { view } = memory;
  if ((modulus & (modulus - 1n)) === 0n) return 0;
  const bits = modulus.toString(2).length;
  const shifted = modulus << BigInt(SHIFTED_BITS - bits);
  const reciprocal = (1n << 509n) / shifted;
  for (let i = 0; i < PAIRED_LIMBS; i++) {
    view.setFloat64(MAP.BARRETT + MODULUS + 8 * i, Number(limb(shifted, i)), true);
    view.setFloat64(MAP.BARRETT + RECIPROCAL + 8 * i, Number(limb(reciprocal, i)), true);
  }
  for (let i = 0; i < LIMBS; i++)
    view.setBigInt64(MAP.BARRETT + MODULUS_LIMBS + 8 * i, limb(shifted, i), true);
  const highest = Number(limb(shifted, LIMBS - 1));
  view.setFloat64(MAP.BARRETT + INVERSE, SLIGHTLY_LESS / (highest + 1), true);
  const highestWord = Number(modulus >> 192n);
  view.setFloat64(MAP.BARRETT + WORD_INVERSE, (2 * SLIGHTLY_LESS) / (highestWord + 2 ** 12), true);
  for (let i = 0; i <= MULTIPLES_MAX; i++)
    memory.setWord(MAP.BARRETT + MULTIPLES + 32 * i, BigInt.asUintN(256, modulus * BigInt(i)));
  return bits;
}

function limb(value: bigint, index: number): bigint {
  return (value >> (LIMB_BITS * BigInt(index))) & LIMB_MASK;
}
