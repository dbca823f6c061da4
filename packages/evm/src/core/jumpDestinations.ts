import { JUMPDEST, PUSH0, PUSH1 } from "./opcodes";

/** Includes room for the last 32-bit write. */
export function bitmapSize(length: usize): usize {
  return ((length >> 3) + 15) & ~7;
}

/** After this many instructions without PUSH, sixteen bytes are checked at once. */
const PLAIN_RUN: u32 = 16;

/** About 1 ns per byte. `bitmap` must be zero. */
export function markJumpDestinations(bytes: usize, length: usize, bitmap: usize): void {
  let pc: usize = 0;
  let plain: u32 = PLAIN_RUN;
  while (pc < length) {
    if (plain >= PLAIN_RUN && pc + 16 <= length) {
      const chunk = v128.load(bytes + pc);
      const pushes = i8x16.bitmask(i8x16.eq(v128.and(chunk, i8x16.splat(<i8>0xe0)), i8x16.splat(0x60)));
      if (pushes == 0) {
        const found = i8x16.bitmask(i8x16.eq(chunk, i8x16.splat(<i8>JUMPDEST)));
        const at = bitmap + (pc >> 3);
        store<u32>(at, load<u32>(at) | (found << (<i32>pc & 7)));
        pc += 16;
        continue;
      }
      plain = 0;
    }
    const opcode: u32 = load<u8>(bytes + pc);
    if (opcode - PUSH1 <= 31) {
      pc += opcode - PUSH0 + 1;
      plain = 0;
      continue;
    }
    if (opcode == JUMPDEST) {
      const at = bitmap + (pc >> 3);
      store<u8>(at, load<u8>(at) | (<u8>1 << (<u8>pc & 7)));
    }
    pc++;
    plain++;
  }
}

@inline
export function isMarked(bitmap: usize, pc: u32): bool {
  return ((<u32>load<u8>(bitmap + (<usize>pc >> 3)) >> (pc & 7)) & 1) != 0;
}
