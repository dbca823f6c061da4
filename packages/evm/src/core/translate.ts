import { bitmapOf, isCached } from "./code";
import { FAULT_CODE, raiseFault } from "./fault";
import { bitmapSize, isMarked, markJumpDestinations } from "./jumpDestinations";
import { EMPTY_PAGE, STACK_LIMIT, TRANSLATED, TRANSLATED_END } from "./layout";
import {
  ADD,
  ADD_CONSTANT,
  ADD_COPY,
  AND,
  AND_CONSTANT,
  AND_COPY,
  AND_WORD,
  BLOCK,
  CALL,
  CALLCODE,
  CODESIZE,
  CONDITION_EQ,
  CONDITION_GT,
  CONDITION_ISZERO,
  CONDITION_LT,
  CONDITION_NOT_EQ,
  CONDITION_NOT_GT,
  CONDITION_NOT_LT,
  CONDITION_NOT_SGT,
  CONDITION_NOT_SLT,
  CONDITION_SGT,
  CONDITION_SLT,
  COPY_TWICE,
  CREATE,
  CREATE2,
  DELEGATECALL,
  DIV,
  DIV_COPY,
  DUP1,
  EQ,
  EQ_CONSTANT,
  EQ_COPY,
  FALL_THROUGH,
  GAS,
  GT,
  GT_CONSTANT,
  GT_COPY,
  INVALID,
  isDefined,
  ISZERO,
  JUMP,
  JUMP_BAD,
  JUMP_IF,
  JUMP_IF_BAD,
  JUMP_IF_LAZY,
  JUMP_LAZY,
  JUMP_TO,
  JUMPDEST,
  JUMPI,
  JUMPI_BAD,
  JUMPI_LAZY,
  JUMPI_TO,
  LT,
  LT_CONSTANT,
  LT_COPY,
  MLOAD,
  MLOAD_CONSTANT,
  MLOAD_COPY,
  MSTORE,
  MSTORE_CONSTANT,
  MSTORE_COPY,
  MUL,
  MUL_CONSTANT,
  MUL_COPY,
  NOT_EQ,
  NOT_GT,
  NOT_LT,
  NOT_SGT,
  NOT_SLT,
  OR,
  OR_COPY,
  PC,
  POP,
  POP_MANY,
  popCount,
  PUSH0,
  PUSH1,
  PUSH_256,
  PUSH_32,
  PUSH_64,
  PUSH_COPY,
  pushCount,
  REPLACE,
  RETURN,
  REVERT,
  SELFDESTRUCT,
  SGT,
  SHL,
  SHL_CONSTANT,
  SHR,
  SHR_CONSTANT,
  SHR_COPY,
  SLT,
  SSTORE,
  STATICCALL,
  staticGas,
  STEP,
  STOP,
  SUB,
  SUB_COPY,
  SWAP1,
  XOR,
  XOR_COPY,
} from "./opcodes";
import { C_BYTES, C_EPOCH, C_JUMPS, C_LENGTH, C_MAP, C_START } from "./records";
import { reverseWord } from "./words";

// Translates a basic block when first reached, if the frame's gas covers it. [EVM-16] An instruction is a
// cell of 8 bytes (u16 operation, u16 small operand, u32 operand), plus cells for a larger operand. A block
// starts with BLOCK. A fall-through ends with FALL_THROUGH, which an adjacent next block overwrites. The map
// has pages of 128 cells of 4 bytes, one per byte of code.

export let translationEpoch: u32 = 1;

export const NO_DESTINATION: usize = 0;
export const NOT_COVERED: usize = 1;

/** Maximum translated bytes per byte of code (in the tracing build). */
const GROWTH: usize = 48;
/** Additional room for a block and a map page. */
const SLACK: usize = 1024;
const PAGE_BITS: u32 = 7;
const PAGE_SIZE: usize = 4 << PAGE_BITS;

let top: usize = 0;
/** Bytes translated or searched for jump destinations. */
export let codeWork: u64 = 0;

let header: usize = 0;
let gas: u32 = 0;
let height: i32 = 0;
let need: i32 = 0;
let peak: i32 = 0;
let last: usize = 0;
let beforeLast: usize = 0;
/** List of instructions that need the static gas of the rest of their block. */
let patches: usize = 0;

export function clearTranslations(): void {
  top = TRANSLATED;
  translationEpoch++;
}

export function knownStart(entry: usize): usize {
  return load<u32>(entry, C_EPOCH) == translationEpoch ? load<u32>(entry, C_START) : 0;
}

/** Call if the frame's translation is no longer valid. Can return NOT_COVERED. */
export function resumePoint(entry: usize, pc: u32, gasLeft: i64): usize {
  if (load<u32>(entry, C_EPOCH) != translationEpoch) prepare(entry);
  const isWithin = pc < load<u32>(entry, C_LENGTH);
  const known = isWithin ? knownAt(entry, pc) & ~NO_JUMPDEST : 0;
  if (known) return known;
  const translated = translateAt(entry, pc, gasLeft);
  if (translated == NOT_COVERED) return translated;
  if (pc == 0) store<u32>(entry, <u32>translated, C_START);
  else if (isWithin) {
    const isDestination = load<u8>(<usize>load<u32>(entry, C_BYTES) + pc) == JUMPDEST;
    remember(entry, pc, isDestination ? translated : translated | NO_JUMPDEST);
  }
  return translated;
}

/** Bit of an (even) translation address: only fall-through reaches the block. */
const NO_JUMPDEST: usize = 1;

/** Returns 0 or an odd number if there is no translation. */
@inline
export function knownAt(entry: usize, pc: u32): usize {
  const page = load<u32>(<usize>load<u32>(entry, C_MAP) + (<usize>(pc >> PAGE_BITS) << 2));
  return load<u32>(<usize>page + ((<usize>pc & 127) << 2));
}

/** False also if the translations were dropped. `pc` must be within the code. */
export function isReached(entry: usize, pc: u32): u32 {
  return u32(load<u32>(entry, C_EPOCH) == translationEpoch && knownAt(entry, pc) != 0);
}

/** Returns a translation, NO_DESTINATION or NOT_COVERED. `pc` must be within the code. */
export function translateDestination(entry: usize, pc: u32, gasLeft: i64): usize {
  if (load<u8>(<usize>load<u32>(entry, C_BYTES) + pc) != JUMPDEST) return NO_DESTINATION;
  needJumps(entry);
  if (!isMarked(load<u32>(entry, C_JUMPS), pc)) return NO_DESTINATION;
  const translated = translateAt(entry, pc, gasLeft);
  if (translated != NOT_COVERED) remember(entry, pc, translated);
  return translated;
}

/** Returns the translation after FALL_THROUGH at `ip`, or NOT_COVERED. */
export function translateNext(entry: usize, ip: usize, gasLeft: i64): usize {
  const pc = load<u32>(ip, 4);
  const epoch = translationEpoch;
  const isWithin = pc < load<u32>(entry, C_LENGTH);
  const known = isWithin ? knownAt(entry, pc) & ~NO_JUMPDEST : 0;
  if (known) {
    writeCell(ip, JUMP_TO, 0, <u32>known);
    return known;
  }
  const isAdjacent = ip + 8 == top;
  if (isAdjacent) top = ip;
  const translated = translateAt(entry, pc, gasLeft);
  if (translated == NOT_COVERED) {
    // A frame with more gas can translate the next block.
    if (isAdjacent && epoch == translationEpoch) emit(FALL_THROUGH, 0, pc);
    return NOT_COVERED;
  }
  if (!isAdjacent && epoch == translationEpoch) writeCell(ip, JUMP_TO, 0, <u32>translated);
  if (isWithin) {
    const isDestination = load<u8>(<usize>load<u32>(entry, C_BYTES) + pc) == JUMPDEST;
    remember(entry, pc, isDestination ? translated : translated | NO_JUMPDEST);
  }
  return translated;
}

function prepare(entry: usize): void {
  const length: usize = load<u32>(entry, C_LENGTH);
  const pages = (length >> PAGE_BITS) + 1;
  const size = (pages * 4 + 15) & ~15;
  const most = size + bitmapSize(length) + length * GROWTH + SLACK;
  if (top + size + SLACK > TRANSLATED_END) clearTranslations();
  if (TRANSLATED + most > TRANSLATED_END) {
    // The fault discards the transaction.
    raiseFault(FAULT_CODE);
    store<u32>(entry, 0, C_LENGTH);
  }
  store<u32>(entry, <u32>top, C_MAP);
  store<u32>(entry, 0, C_START);
  store<u32>(entry, translationEpoch, C_EPOCH);
  if (!isCached(entry)) store<u32>(entry, 0, C_JUMPS);
  const empty = i32x4.splat(<i32>EMPTY_PAGE);
  for (let at: usize = 0; at < size; at += 16) v128.store(top + at, empty);
  top += size;
}

/** Stores the bitmap after the code's bytes or, for init code, among the translations. */
function needJumps(entry: usize): void {
  if (load<u32>(entry, C_JUMPS)) return;
  const length: usize = load<u32>(entry, C_LENGTH);
  const bytes: usize = load<u32>(entry, C_BYTES);
  let bitmap = bitmapOf(entry);
  if (bitmap == 0) {
    const size = bitmapSize(length);
    if (top + size + SLACK > TRANSLATED_END) {
      clearTranslations();
      prepare(entry);
    }
    bitmap = top;
    top += size;
    memory.fill(bitmap, 0, size);
  }
  markJumpDestinations(bytes, length, bitmap);
  codeWork += length;
  store<u32>(entry, <u32>bitmap, C_JUMPS);
}

function remember(entry: usize, pc: u32, translated: usize): void {
  const place = <usize>load<u32>(entry, C_MAP) + (<usize>(pc >> PAGE_BITS) << 2);
  let page: usize = load<u32>(place);
  if (page == EMPTY_PAGE) {
    page = top;
    top += PAGE_SIZE;
    memory.fill(page, 0, PAGE_SIZE);
    store<u32>(place, <u32>page);
  }
  store<u32>(page + ((<usize>pc & 127) << 2), <u32>translated);
}

/** Can clear all translations and the map. */
function translateAt(entry: usize, pc: u32, gasLeft: i64): usize {
  const length = load<u32>(entry, C_LENGTH);
  if (top + roomFor(length - pc, gasLeft) > TRANSLATED_END) {
    clearTranslations();
    prepare(entry);
  }
  const start = top;
  const end = translateBlock(load<u32>(entry, C_BYTES), entry, pc, length, TRACING ? i64.MAX_VALUE : gasLeft);
  if (end == BEYOND_GAS) {
    top = start;
    return NOT_COVERED;
  }
  if (end != END_OF_RUN) emit(FALL_THROUGH, 0, end);
  return start;
}

/** Each instruction of a block costs gas, except perhaps the last one. */
function roomFor(bytes: u32, gasLeft: i64): usize {
  const count = TRACING ? 1 : <usize>min<i64>(bytes, max<i64>(gasLeft, 0));
  return count * GROWTH + SLACK;
}

const END_OF_RUN: u32 = 0xffffffff;
const BEYOND_GAS: u32 = 0xfffffffe;

/** Returns the next offset, END_OF_RUN or BEYOND_GAS. */
function translateBlock(bytes: usize, entry: usize, pc: u32, length: u32, gasLeft: i64): u32 {
  const first = pc;
  if (TRACING) emit(STEP, pc < length ? load<u8>(bytes + pc) : STOP, pc);
  beginBlock();
  while (true) {
    if (TRACING && pc != first) return endBlock(pc, first);
    if (pc >= length) {
      emit(STOP, 0, 0);
      return endBlock(END_OF_RUN, first);
    }
    const opcode: u32 = load<u8>(bytes + pc);
    if (!isDefined(opcode)) {
      emit(INVALID, 0, opcode);
      return endBlock(END_OF_RUN, first);
    }
    account(opcode);
    if (<i64>gas > gasLeft) {
      codeWork += pc - first + 1;
      return BEYOND_GAS;
    }
    pc++;
    if (opcode - PUSH0 <= 32) {
      pc = translatePush(bytes, pc, length, opcode - PUSH0);
      continue;
    }
    switch (opcode) {
      case JUMPDEST:
        break;
      case JUMP:
        if (isSmallPush(last)) emitJump(bytes, entry, length);
        else emit(JUMP, 0, 0);
        return endBlock(END_OF_RUN, first, pc);
      case JUMPI:
        if (isSmallPush(last)) emitConditionalJump(bytes, entry, length);
        else emit(JUMPI, 0, 0);
        return endBlock(pc, first);
      case STOP:
      case RETURN:
      case REVERT:
      case SELFDESTRUCT:
        emit(opcode, 0, 0);
        return endBlock(END_OF_RUN, first, pc);
      case CREATE:
      case CREATE2:
      case CALL:
      case CALLCODE:
      case DELEGATECALL:
      case STATICCALL:
        emit(opcode, 0, pc);
        return endBlock(pc, first);
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
        if (TRACING || !fuse(opcode)) emit(opcode, 0, 0);
    }
  }
}

@inline
function emit(operation: u32, small: u32, operand: u32): void {
  beforeLast = last;
  last = top;
  writeCell(top, operation, small, operand);
  top += 8;
}

@inline
function writeCell(at: usize, operation: u32, small: u32, operand: u32): void {
  store<u32>(at, operation | (small << 16));
  store<u32>(at, operand, 4);
}

function beginBlock(): void {
  header = top;
  top += 16;
  gas = 0;
  height = 0;
  need = 0;
  peak = 0;
  patches = 0;
  last = 0;
  beforeLast = 0;
}

function account(opcode: u32): void {
  gas += staticGas(opcode);
  height -= popCount(opcode);
  need = max(need, -height);
  height += pushCount(opcode);
  peak = max(peak, height);
}

function endBlock(result: u32, first: u32, end: u32 = result): u32 {
  codeWork += end == END_OF_RUN ? 1 : end - first;
  const limit = <i32>STACK_LIMIT;
  const isPossible = need <= limit && peak <= limit && need + peak <= limit;
  store<u32>(header, BLOCK);
  store<u32>(header, gas, 4);
  // The bounds of an impossible block reject every stack.
  store<u32>(header, isPossible ? need << 5 : 0xffffffff, 8);
  store<u32>(header, isPossible ? (limit - peak) << 5 : 0, 12);
  while (patches) {
    const next: usize = <usize>load<u64>(patches, 8);
    store<u32>(patches, gas - load<u32>(patches, 4), 4);
    patches = next;
  }
  return result;
}

/** Reads zeros after the end of the code. */
function translatePush(bytes: usize, pc: u32, length: u32, size: u32): u32 {
  if (size <= 8 && pc + 8 <= length) {
    const constant = size == 0 ? 0 : bswap<u64>(load<u64>(bytes + pc)) >> (64 - 8 * <u64>size);
    if (constant >> 32) {
      emit(PUSH_64, 0, 0);
      store<u64>(top, constant);
      top += 8;
    } else emit(PUSH_32, 0, <u32>constant);
    return pc + size;
  }
  return translateLongPush(bytes, pc, length, size);
}

function translateLongPush(bytes: usize, pc: u32, length: u32, size: u32): u32 {
  // Writes the constant to the cells after its operation.
  const at = top + 8;
  const zero = i64x2(0, 0);
  v128.store(at, zero);
  v128.store(at, zero, 16);
  const available = pc >= length ? 0 : min(size, length - pc);
  memory.copy(at + 32 - size, bytes + pc, available);
  reverseWord(at, at);
  const low = load<u64>(at);
  if (load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) {
    emit(PUSH_256, 0, 0);
    top += 32;
  } else if (low >> 32) {
    emit(PUSH_64, 0, 0);
    top += 8;
  } else emit(PUSH_32, 0, <u32>low);
  return pc + size;
}

@inline
function isSmallPush(at: usize): bool {
  return at != 0 && load<u16>(at) == PUSH_32 && !TRACING;
}

function dropLast(): void {
  top = last;
  last = beforeLast;
  beforeLast = 0;
}

function emitJump(bytes: usize, entry: usize, length: u32): void {
  const target = load<u32>(last, 4);
  const known = knownTarget(bytes, entry, length, target);
  dropLast();
  if (known == BAD) emit(JUMP_BAD, 0, target);
  else if (known) emit(JUMP_TO, 0, known);
  else emit(JUMP_LAZY, 0, target);
}

function emitConditionalJump(bytes: usize, entry: usize, length: u32): void {
  const target = load<u32>(last, 4);
  const known = knownTarget(bytes, entry, length, target);
  dropLast();
  const condition = last ? conditionOf(load<u16>(last)) : NO_CONDITION;
  if (condition == NO_CONDITION) {
    if (known == BAD) emit(JUMPI_BAD, 0, target);
    else if (known) emit(JUMPI_TO, 0, known);
    else emit(JUMPI_LAZY, 0, target);
    return;
  }
  dropLast();
  if (known == BAD) emit(JUMP_IF_BAD, condition, target);
  else if (known) emit(JUMP_IF + condition, 0, known);
  else emit(JUMP_IF_LAZY, condition, target);
}

/** Not a 0x5b. The first jump to a 0x5b checks whether it is PUSH data. */
const BAD: u32 = 0xffffffff;

function knownTarget(bytes: usize, entry: usize, length: u32, target: u32): u32 {
  if (target >= length || load<u8>(bytes + target) != JUMPDEST) return BAD;
  const known = knownAt(entry, target);
  return known & NO_JUMPDEST ? BAD : <u32>known;
}

const NO_CONDITION: u32 = 0xffffffff;

function conditionOf(operation: u32): u32 {
  switch (operation) {
    case ISZERO:
      return CONDITION_ISZERO;
    case LT:
      return CONDITION_LT;
    case GT:
      return CONDITION_GT;
    case SLT:
      return CONDITION_SLT;
    case SGT:
      return CONDITION_SGT;
    case EQ:
      return CONDITION_EQ;
    case NOT_LT:
      return CONDITION_NOT_LT;
    case NOT_GT:
      return CONDITION_NOT_GT;
    case NOT_SLT:
      return CONDITION_NOT_SLT;
    case NOT_SGT:
      return CONDITION_NOT_SGT;
    case NOT_EQ:
      return CONDITION_NOT_EQ;
    default:
      return NO_CONDITION;
  }
}

function fuse(opcode: u32): bool {
  if (last == 0) return false;
  const operation: u32 = load<u16>(last);
  if (operation == PUSH_32) return fuseConstant(opcode);
  if (operation == PUSH_256) return opcode == AND && become(AND_WORD);
  if (operation - DUP1 <= 15) return fuseCopy(opcode, operation - DUP1 + 1);
  if (opcode == POP) {
    if (operation == POP || operation == POP_MANY) {
      const bytes: u32 = operation == POP ? 32 : load<u16>(last, 2);
      if (bytes >= 32 * STACK_LIMIT) return false;
      store<u16>(last, <u16>(bytes + 32), 2);
      return become(POP_MANY);
    }
    if (operation - SWAP1 <= 15) {
      store<u16>(last, <u16>((operation - SWAP1 + 2) << 5), 2);
      return become(REPLACE);
    }
    return false;
  }
  if (opcode == ISZERO) return fuseNegation(operation);
  return false;
}

@inline
function become(operation: u32): bool {
  store<u16>(last, <u16>operation);
  return true;
}

function fuseConstant(opcode: u32): bool {
  const constant = load<u32>(last, 4);
  switch (opcode) {
    case ADD:
      return become(ADD_CONSTANT);
    case MUL:
      return become(MUL_CONSTANT);
    case AND:
      return become(AND_CONSTANT);
    case LT:
      return become(LT_CONSTANT);
    case GT:
      return become(GT_CONSTANT);
    case EQ:
      return become(EQ_CONSTANT);
    case SHL:
      return constant < 256 && become(SHL_CONSTANT);
    case SHR:
      return constant < 256 && become(SHR_CONSTANT);
    case MLOAD:
      return constant < OFFSET_LIMIT && become(MLOAD_CONSTANT);
    case MSTORE:
      return constant < OFFSET_LIMIT && become(MSTORE_CONSTANT);
    default:
      if (opcode - DUP1 > 15) return false;
      store<u16>(last, <u16>((opcode - DUP1) << 5), 2);
      return become(PUSH_COPY);
  }
}

/** Larger offsets exceed memory (memory.ts). */
const OFFSET_LIMIT: u32 = 1 << 31;

function fuseCopy(opcode: u32, depth: u32): bool {
  store<u16>(last, <u16>(depth << 5), 2);
  switch (opcode) {
    case ADD:
      return become(ADD_COPY);
    case MUL:
      return become(MUL_COPY);
    case SUB:
      return become(SUB_COPY);
    case DIV:
      return become(DIV_COPY);
    case LT:
      return become(LT_COPY);
    case GT:
      return become(GT_COPY);
    case EQ:
      return become(EQ_COPY);
    case AND:
      return become(AND_COPY);
    case OR:
      return become(OR_COPY);
    case XOR:
      return become(XOR_COPY);
    case SHR:
      return become(SHR_COPY);
    case MLOAD:
      return become(MLOAD_COPY);
    case MSTORE:
      return become(MSTORE_COPY);
    default:
      if (opcode - DUP1 > 15) return false;
      store<u32>(last, (opcode - DUP1 + 1) << 5, 4);
      return become(COPY_TWICE);
  }
}

function fuseNegation(operation: u32): bool {
  switch (operation) {
    case LT:
      return become(NOT_LT);
    case GT:
      return become(NOT_GT);
    case SLT:
      return become(NOT_SLT);
    case SGT:
      return become(NOT_SGT);
    case EQ:
      return become(NOT_EQ);
    default:
      return false;
  }
}
