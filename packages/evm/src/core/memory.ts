import { FAULT_MEMORY, raiseFault } from "./fault";
import { F_MEMORY, F_MEMORY_SIZE } from "./records";
import { highLimbs } from "./words";

// A frame's memory starts where its caller's memory ends. A suspended caller cannot grow its memory.

const GROWTH_PAGES: i32 = 256;

/** Less gas cannot pay for 2^31 bytes. */
const GAS_OUT_OF_REACH: i64 = 1 << 43;

/** Remaining gas if the shortfall is unknown. */
const UNREACHABLE: i64 = i64.MIN_VALUE;

/**
 * Charges for memory up to `end`, which must exceed `size`, and zeroes new bytes. Returns the remaining gas,
 * negative if out of gas.
 */
export function expand(base: usize, size: u32, end: u32, gas: i64): i64 {
  const words = (<u64>end + 31) >> 5;
  const oldWords = <u64>size >> 5;
  const left = gas - <i64>(3 * (words - oldWords) + ((words * words) >> 9) - ((oldWords * oldWords) >> 9));
  if (left < 0) return left;
  const from = base + size;
  const count = <usize>((words - oldWords) << 5);
  if (<u64>from + count > <u64>memory.size() << 16 && !growTo(<u64>from + count)) {
    raiseFault(FAULT_MEMORY);
    return -1;
  }
  if (count <= 128) {
    const zero = i64x2(0, 0);
    for (let i: usize = 0; i < count; i += 32) {
      v128.store(from + i, zero);
      v128.store(from + i, zero, 16);
    }
  } else memory.fill(from, 0, count);
  return left;
}

@inline
export function roundUp(end: u32): u32 {
  return (end + 31) & ~31;
}

let limit: u64 = 0;

export function setMemoryLimit(end: u64): void {
  limit = end;
}

function growTo(end: u64): bool {
  if (end > limit) return false;
  const missing = <i32>((end - (<u64>memory.size() << 16) + 0xffff) >> 16);
  return memory.grow(max(missing, GROWTH_PAGES)) >= 0 || memory.grow(missing) >= 0;
}

/** For offsets or lengths of 2^31 or more. Raises a fault if the gas might suffice. */
export function outOfReach(gas: i64): void {
  if (gas >= GAS_OUT_OF_REACH) raiseFault(FAULT_MEMORY);
}

/** Writes zeros after the end of the source. `offset` may be any word. */
export function copyPadded(to: usize, source: usize, sourceLength: u32, offset: usize, length: u32): void {
  const from = load<u64>(offset);
  const count: u32 = highLimbs(offset) || from >= sourceLength ? 0 : <u32>min<u64>(length, sourceLength - from);
  if (count) memory.copy(to, source + <usize>from, count);
  if (length > count) memory.fill(to + count, 0, length - count);
}

/**
 * Charges for memory, and `perWord` gas per word. Returns the remaining gas, negative if out of gas. Ignores
 * `offset` if the length is zero.
 */
export function reach(self: usize, offset: usize, length: usize, perWord: i64, gas: i64): i64 {
  const count = load<u64>(length);
  if (highLimbs(length) | (count >> 31)) {
    outOfReach(gas);
    return UNREACHABLE;
  }
  gas -= perWord * <i64>((count + 31) >> 5);
  if (count == 0 || gas < 0) return gas;
  const from = load<u64>(offset);
  if (highLimbs(offset) | (from >> 31)) {
    outOfReach(gas);
    return UNREACHABLE;
  }
  const end = <u32>(from + count);
  const size = load<u32>(self, F_MEMORY_SIZE);
  if (end <= size) return gas;
  gas = expand(load<u32>(self, F_MEMORY), size, end, gas);
  if (gas >= 0) store<u32>(self, roundUp(end), F_MEMORY_SIZE);
  return gas;
}

/** Any offset is valid for zero length. */
@inline
export function reached(self: usize, offset: usize, length: usize): usize {
  return <usize>load<u32>(self, F_MEMORY) + (load<u64>(length) ? <usize>load<u64>(offset) : 0);
}
