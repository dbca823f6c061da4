import { FAULT_CODE, raiseFault } from "./fault";
import { STACK_LIMIT, TRANSLATED, TRANSLATED_END } from "./layout";
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
/** The block's last two instructions in translated form, or 0. */
let last: usize = 0;
let beforeLast: usize = 0;
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
  while (true) {
    if (TRACING && pc != first) return endBlock(pc);
    if (pc >= length) {
      emit(STOP, 0, 0);
      return endBlock(END_OF_RUN);
    }
    const opcode: u32 = load<u8>(bytes + pc);
    if (pc != first && opcode == JUMPDEST) return endBlock(pc);
    if (!isDefined(opcode)) {
      emit(INVALID, 0, opcode);
      return endBlock(END_OF_RUN);
    }
    account(opcode);
    pc++;
    if (opcode - PUSH0 <= 32) {
      pc = translatePush(bytes, pc, length, opcode - PUSH0);
      continue;
    }
    switch (opcode) {
      case JUMPDEST:
        break;
      case JUMP:
        if (isSmallPush(last)) emitJump(map, length);
        else emit(JUMP, 0, 0);
        return endBlock(END_OF_RUN);
      case JUMPI:
        if (isSmallPush(last)) emitConditionalJump(map, length);
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
        if (TRACING || !fuse(opcode)) emit(opcode, 0, 0);
    }
  }
}

@inline
function emit(operation: u32, small: u32, operand: u32): void {
  beforeLast = last;
  last = top;
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

@inline
function isSmallPush(at: usize): bool {
  return at != 0 && load<u16>(at) == PUSH_32 && !TRACING;
}

/** Takes an instruction back that was the last one. */
function dropLast(): void {
  top = last;
  last = beforeLast;
  beforeLast = 0;
}

/** A jump to the constant that was just pushed, in place of both. */
function emitJump(map: usize, length: u32): void {
  const target = load<u32>(last, 4);
  const known = target < length ? load<u32>(map + (<usize>target << 2)) : 0;
  dropLast();
  if (known > UNTRANSLATED) emit(JUMP_TO, 0, known);
  else emit(known == UNTRANSLATED ? JUMP_LAZY : JUMP_BAD, 0, target);
}

function emitConditionalJump(map: usize, length: u32): void {
  const target = load<u32>(last, 4);
  const known = target < length ? load<u32>(map + (<usize>target << 2)) : 0;
  dropLast();
  const condition = last ? conditionOf(load<u16>(last)) : NO_CONDITION;
  if (condition == NO_CONDITION) {
    if (known > UNTRANSLATED) emit(JUMPI_TO, 0, known);
    else emit(known == UNTRANSLATED ? JUMPI_LAZY : JUMPI_BAD, 0, target);
    return;
  }
  dropLast();
  if (known > UNTRANSLATED) emit(JUMP_IF + condition, 0, known);
  else emit(known == UNTRANSLATED ? JUMP_IF_LAZY : JUMP_IF_BAD, condition, target);
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

/** Makes one instruction of the last one and this one, where there is one for both. */
function fuse(opcode: u32): bool {
  if (last == 0) return false;
  const operation: u32 = load<u16>(last);
  if (operation == PUSH_32) return fuseConstant(opcode);
  if (operation == PUSH_256) return opcode == AND && become(AND_WORD);
  if (operation - DUP1 <= 15) return fuseCopy(opcode, operation - DUP1 + 1);
  if (opcode == POP) {
    if (operation == POP || operation == POP_MANY) {
      const bytes: u32 = operation == POP ? 32 : load<u16>(last, 2);
      // Far fewer than the 2,048 that fit: a stack has 1,024.
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
      // The constant is on top when the copy is made.
      store<u16>(last, <u16>((opcode - DUP1) << 5), 2);
      return become(PUSH_COPY);
  }
}

/** Offsets at and above are out of reach: see memory.ts. */
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

/** Where a frame goes on whose translation is gone. */
export function resumePoint(entry: usize, pc: u32): usize {
  if (pc == 0) return entryPoint(entry);
  if (load<u32>(entry, C_EPOCH) != translationEpoch) prepare(entry);
  return translateAt(entry, pc);
}
