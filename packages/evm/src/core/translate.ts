import { FAULT_CODE, raiseFault } from "./fault";
import { STACK_LIMIT, TRANSLATED, TRANSLATED_END } from "./layout";
import {
  BLOCK,
  CALL,
  CALLCODE,
  CODESIZE,
  CREATE,
  CREATE2,
  DELEGATECALL,
  GAS,
  INVALID,
  isDefined,
  JUMP,
  JUMP_BAD,
  JUMP_LAZY,
  JUMP_TO,
  JUMPDEST,
  JUMPI,
  JUMPI_BAD,
  JUMPI_LAZY,
  JUMPI_TO,
  PC,
  popCount,
  PUSH0,
  PUSH1,
  PUSH32,
  PUSH_256,
  PUSH_32,
  PUSH_64,
  pushCount,
  RETURN,
  REVERT,
  SELFDESTRUCT,
  SSTORE,
  STATICCALL,
  staticGas,
  STEP,
  STOP,
} from "./opcodes";
import { C_BYTES, C_EPOCH, C_LENGTH, C_MAP, C_START } from "./records";
import { reverseWord } from "./words";

// Translation to what the interpreter runs, as far as it is reached: one run of basic blocks at a time,
// from an entry point to an instruction that never falls through. An instruction is a cell of 8 bytes,
//
//     u16 operation, u16 small operand, u32 operand
//
// with more cells behind it where the operand is larger. Each basic block starts with a BLOCK that holds
// its static gas and its stack bounds. Destinations are translated when a jump first takes them.

/** Changes when the region is emptied: translations of another epoch are void. */
export let translationEpoch: u32 = 1;

/** Bytes of translation that one byte of code can become, at most (an instruction under tracing). */
const GROWTH: usize = 48;
/** What a translation may need beyond that. */
const SLACK: usize = 256;

const UNTRANSLATED: u32 = 1;

let top: usize = 0;

// State of the block being translated.
let header: usize = 0;
let gas: u32 = 0;
let height: i32 = 0;
let need: i32 = 0;
let peak: i32 = 0;
/** Last of the block's instructions that must know the static gas behind them, linked. */
let patches: usize = 0;

export function clearTranslations(): void {
  top = TRANSLATED;
  translationEpoch++;
}

/** Where a code starts. */
export function entryPoint(entry: usize): usize {
  if (load<u32>(entry, C_EPOCH) != translationEpoch) prepare(entry);
  const start: usize = load<u32>(entry, C_START);
  if (start) return start;
  const translated = translateAt(entry, 0);
  store<u32>(entry, <u32>translated, C_START);
  return translated;
}

/** Where a dynamic jump to the offset in `word` leads; 0 when it is no destination. */
export function jumpTarget(entry: usize, word: usize): usize {
  const target = load<u64>(word);
  if ((load<u64>(word, 8) | load<u64>(word, 16) | load<u64>(word, 24)) != 0) return 0;
  if (target >= load<u32>(entry, C_LENGTH)) return 0;
  return translatedAt(entry, <u32>target);
}

/** The translation at a possible destination; 0 when it is none. */
export function translatedAt(entry: usize, pc: u32): usize {
  if (load<u32>(entry, C_EPOCH) != translationEpoch) prepare(entry);
  const known = load<u32>(<usize>load<u32>(entry, C_MAP) + (<usize>pc << 2));
  return known == UNTRANSLATED ? translateAt(entry, pc) : <usize>known;
}

/** Gives a code its map of jump destinations. */
function prepare(entry: usize): void {
  const length: usize = load<u32>(entry, C_LENGTH);
  const size = (length * 4 + 15) & ~7;
  if (top + size + length * GROWTH + SLACK > TRANSLATED_END) clearTranslations();
  const map = top;
  store<u32>(entry, <u32>map, C_MAP);
  store<u32>(entry, 0, C_START);
  store<u32>(entry, translationEpoch, C_EPOCH);
  if (map + size + length * GROWTH + SLACK > TRANSLATED_END) {
    // Larger than the region: runs as empty code, in a transaction that is lost anyway.
    raiseFault(FAULT_CODE);
    store<u32>(entry, 0, C_LENGTH);
    return;
  }
  top = map + size;
  memory.fill(map, 0, size);
  const bytes: usize = load<u32>(entry, C_BYTES);
  for (let pc: usize = 0; pc < length; pc++) {
    const opcode: u32 = load<u8>(bytes + pc);
    if (opcode == JUMPDEST) store<u32>(map + (pc << 2), UNTRANSLATED);
    else if (opcode - PUSH1 <= 31) pc += opcode - PUSH0;
  }
}

/** Translates from an offset to the end of a run; the result is where it is. */
export function translateAt(entry: usize, pc: u32): usize {
  const length = load<u32>(entry, C_LENGTH);
  if (top + <usize>(length - pc) * GROWTH + SLACK > TRANSLATED_END) {
    clearTranslations();
    prepare(entry);
  }
  const bytes: usize = load<u32>(entry, C_BYTES);
  const map: usize = load<u32>(entry, C_MAP);
  const start = top;
  while (true) {
    if (pc < length && load<u8>(bytes + pc) == JUMPDEST) {
      const known = load<u32>(map + (<usize>pc << 2));
      if (known > UNTRANSLATED) {
        emit(JUMP_TO, 0, known);
        break;
      }
      store<u32>(map + (<usize>pc << 2), <u32>top);
    }
    pc = translateBlock(bytes, map, pc, length);
    if (pc == END_OF_RUN) break;
  }
  return start;
}

const END_OF_RUN: u32 = 0xffffffff;

/** One basic block; the result is the offset behind it, or END_OF_RUN when nothing falls through. */
function translateBlock(bytes: usize, map: usize, pc: u32, length: u32): u32 {
  const first = pc;
  if (TRACING) emit(STEP, pc < length ? load<u8>(bytes + pc) : STOP, pc);
  beginBlock();
  /** The push that was just translated, if the next instruction may take its constant. */
  let constant: usize = 0;
  while (true) {
    if (TRACING && pc != first) return endBlock(pc);
    if (pc >= length) {
      emit(STOP, 0, 0);
      return endBlock(END_OF_RUN);
    }
    const opcode: u32 = load<u8>(bytes + pc);
    if (pc != first && opcode == JUMPDEST) return endBlock(pc);
    if (!isDefined(opcode)) {
      emit(INVALID, 0, 0);
      return endBlock(END_OF_RUN);
    }
    account(opcode);
    pc++;
    let pushed: usize = 0;
    if (opcode - PUSH0 <= 32) {
      pushed = top;
      pc = translatePush(bytes, pc, length, opcode - PUSH0);
    } else {
      switch (opcode) {
        case JUMPDEST:
          break;
        case JUMP:
          if (constant) emitJump(map, length, constant, JUMP_TO, JUMP_LAZY, JUMP_BAD);
          else emit(JUMP, 0, 0);
          return endBlock(END_OF_RUN);
        case JUMPI:
          if (constant) emitJump(map, length, constant, JUMPI_TO, JUMPI_LAZY, JUMPI_BAD);
          else emit(JUMPI, 0, 0);
          return endBlock(pc);
        case STOP:
        case RETURN:
        case REVERT:
        case SELFDESTRUCT:
          emit(opcode, 0, 0);
          return endBlock(END_OF_RUN);
        case CREATE:
        case CREATE2:
        case CALL:
        case CALLCODE:
        case DELEGATECALL:
        case STATICCALL:
          emit(opcode, 0, pc);
          return endBlock(pc);
        case PC:
          emit(PUSH_32, 0, pc - 1);
          break;
        case CODESIZE:
          emit(PUSH_32, 0, length);
          break;
        case GAS:
        case SSTORE:
          emit(opcode, 0, gas);
          store<u64>(top, <u64>patches);
          patches = top - 8;
          top += 8;
          break;
        default:
          emit(opcode, 0, 0);
      }
    }
    constant = TRACING ? 0 : pushed;
  }
}

@inline
function emit(operation: u32, small: u32, operand: u32): void {
  store<u16>(top, <u16>operation);
  store<u16>(top, <u16>small, 2);
  store<u32>(top, operand, 4);
  top += 8;
}

function beginBlock(): void {
  header = top;
  top += 16;
  gas = 0;
  height = 0;
  need = 0;
  peak = 0;
  patches = 0;
}

function account(opcode: u32): void {
  gas += staticGas(opcode);
  height -= popCount(opcode);
  need = max(need, -height);
  height += pushCount(opcode);
  peak = max(peak, height);
}

function endBlock(result: u32): u32 {
  const limit = <i32>STACK_LIMIT;
  const isPossible = need <= limit && peak <= limit && need + peak <= limit;
  store<u32>(header, BLOCK);
  store<u32>(header, gas, 4);
  // A block that no stack satisfies needs more than there can be.
  store<u32>(header, isPossible ? need << 5 : 0xffffffff, 8);
  store<u32>(header, isPossible ? (limit - peak) << 5 : 0, 12);
  while (patches) {
    const next: usize = <usize>load<u64>(patches, 8);
    store<u32>(patches, gas - load<u32>(patches, 4), 4);
    patches = next;
  }
  return result;
}

/** A push of `size` bytes, zeros behind the end of the code; the result is the offset behind them. */
function translatePush(bytes: usize, pc: u32, length: u32, size: u32): u32 {
  const at = top;
  // The constant, right-aligned and big-endian, in the cells that a large one would take.
  memory.fill(at, 0, 72);
  const available = pc >= length ? 0 : min(size, length - pc);
  memory.copy(at + 8 + 32 - size, bytes + pc, available);
  reverseWord(at + 8, at + 8);
  const low = load<u64>(at, 8);
  if (load<u64>(at, 16) | load<u64>(at, 24) | load<u64>(at, 32)) {
    emit(PUSH_256, 0, 0);
    top += 32;
  } else if (low >> 32) {
    emit(PUSH_64, 0, 0);
    top += 8;
  } else emit(PUSH_32, 0, <u32>low);
  return pc + size;
}

/** A jump to the constant that the push at `constant` holds; takes its place. */
function emitJump(map: usize, length: u32, constant: usize, to: u32, lazy: u32, bad: u32): void {
  const isSmall = load<u16>(constant) == PUSH_32;
  const target = load<u32>(constant, 4);
  top = constant;
  const known = isSmall && target < length ? load<u32>(map + (<usize>target << 2)) : 0;
  if (known > UNTRANSLATED) emit(to, 0, known);
  else emit(known == UNTRANSLATED ? lazy : bad, 0, target);
}

/** Where a frame goes on whose translation is gone. */
export function resumePoint(entry: usize, pc: u32): usize {
  if (pc == 0) return entryPoint(entry);
  if (load<u32>(entry, C_EPOCH) != translationEpoch) prepare(entry);
  return translateAt(entry, pc);
}
