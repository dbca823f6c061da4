import { limbsOf, mulmodLimbs } from "./divide";
import { RULE_MODEXP_LIMIT, RULE_MODEXP_PRICE, RULES, SCRATCH } from "./layout";
import { highLimbs, reverseWord, setSmall } from "./words";

// EIP-198; EIP-2565 or EIP-7883. The host handles bases and moduli above 32 bytes, and what EIP-7823 refuses.

const HEADER: u32 = 96;
const WORD: u64 = 32;
/** Longer exponents cost more than any gas limit. */
const EXPONENT_MAX: u64 = 1 << 31;
/** EIP-7823. */
const LIMITED_EXPONENT_MAX: u64 = 1024;
const GAS_MIN: u64 = 200;
const OSAKA_GAS_MIN: u64 = 500;
const OSAKA_COMPLEXITY: u64 = 16;

const BASE: usize = SCRATCH + 544;
const MODULUS: usize = SCRATCH + 576;
const RESULT_WORD: usize = SCRATCH + 608;
const LENGTH: usize = SCRATCH + 640;

let baseLength: u32 = 0;
let exponentLength: u32 = 0;
export let modulusLength: u32 = 0;

export function isSmallModexp(from: usize, length: u32): bool {
  const base = readLength(from, length, 0);
  const exponent = readLength(from, length, 32);
  const modulus = readLength(from, length, 64);
  const exponentMax = hasRule(RULE_MODEXP_LIMIT) ? LIMITED_EXPONENT_MAX : EXPONENT_MAX;
  if (base > WORD || modulus > WORD || exponent > exponentMax || base + modulus == 0) return false;
  baseLength = <u32>base;
  exponentLength = <u32>exponent;
  modulusLength = <u32>modulus;
  return true;
}

@inline
function hasRule(rule: u32): bool {
  return (load<u32>(RULES) & rule) != 0;
}

function readLength(from: usize, length: u32, at: u32): u64 {
  readNumber(LENGTH, from, length, at, 32);
  return highLimbs(LENGTH) ? u64.MAX_VALUE : load<u64>(LENGTH);
}

/** Big-endian, zero-padded. `count` is at most 32. */
function readNumber(out: usize, from: usize, length: u32, at: u32, count: u32): void {
  setSmall(SCRATCH, 0);
  const available = at >= length ? 0 : min(count, length - at);
  // Even an empty copy traps if its address is out of bounds.
  if (available) memory.copy(SCRATCH + 32 - count, from + at, available);
  reverseWord(out, SCRATCH);
}

export function smallModexpGas(from: usize, length: u32): u64 {
  const words = <u64>((max(baseLength, modulusLength) + 7) >> 3);
  readNumber(LENGTH, from, length, HEADER + baseLength, min(exponentLength, 32));
  const isOsakaPrice = hasRule(RULE_MODEXP_PRICE);
  const headBits = bitLength(LENGTH);
  let iterations: u64 = headBits ? headBits - 1 : 0;
  if (exponentLength > 32) iterations += (isOsakaPrice ? 16 : 8) * (<u64>exponentLength - 32);
  iterations = max<u64>(iterations, 1);
  return isOsakaPrice
    ? max<u64>(OSAKA_COMPLEXITY * iterations, OSAKA_GAS_MIN)
    : max<u64>((words * words * iterations) / 3, GAS_MIN);
}

function bitLength(word: usize): u64 {
  for (let i = 3; i >= 0; i--) {
    const limb = load<u64>(word + (<usize>i << 3));
    if (limb) return <u64>(i << 6) + 64 - clz(limb);
  }
  return 0;
}

export function runSmallModexp(out: usize, from: usize, length: u32): void {
  readNumber(BASE, from, length, HEADER, baseLength);
  readNumber(MODULUS, from, length, HEADER + baseLength + exponentLength, modulusLength);
  setSmall(RESULT_WORD, 0);
  const isTrivial = highLimbs(MODULUS) == 0 && load<u64>(MODULUS) <= 1;
  if (!isTrivial) raise(from, length);
  reverseWord(SCRATCH, RESULT_WORD);
  memory.copy(out, SCRATCH + 32 - modulusLength, modulusLength);
}

function raise(from: usize, length: u32): void {
  const limbs = limbsOf(MODULUS);
  setSmall(RESULT_WORD, 1);
  let isOne = true;
  for (let i: u32 = 0; i < exponentLength; i++) {
    const at = HEADER + baseLength + i;
    const byte: u32 = at < length ? load<u8>(from + at) : 0;
    if (isOne && byte == 0) continue;
    for (let bit = 7; bit >= 0; bit--) {
      if (!isOne) mulmodLimbs(RESULT_WORD, RESULT_WORD, RESULT_WORD, MODULUS, limbs);
      if ((byte >> bit) & 1) {
        // The first multiplication also reduces the base.
        mulmodLimbs(RESULT_WORD, RESULT_WORD, BASE, MODULUS, isOne ? 4 : limbs);
        if (isOne) memory.copy(BASE, RESULT_WORD, 32);
        isOne = false;
      }
    }
  }
}
