import { OPCODES, RULE_COUNT_LEADING_ZEROS, RULES } from "./layout";

// Opcodes from 256 on exist only in translated code.

export const STOP: u32 = 0x00;
export const ADD: u32 = 0x01;
export const MUL: u32 = 0x02;
export const SUB: u32 = 0x03;
export const DIV: u32 = 0x04;
export const SDIV: u32 = 0x05;
export const MOD: u32 = 0x06;
export const SMOD: u32 = 0x07;
export const ADDMOD: u32 = 0x08;
export const MULMOD: u32 = 0x09;
export const EXP: u32 = 0x0a;
export const SIGNEXTEND: u32 = 0x0b;
export const LT: u32 = 0x10;
export const GT: u32 = 0x11;
export const SLT: u32 = 0x12;
export const SGT: u32 = 0x13;
export const EQ: u32 = 0x14;
export const ISZERO: u32 = 0x15;
export const AND: u32 = 0x16;
export const OR: u32 = 0x17;
export const XOR: u32 = 0x18;
export const NOT: u32 = 0x19;
export const BYTE: u32 = 0x1a;
export const SHL: u32 = 0x1b;
export const SHR: u32 = 0x1c;
export const SAR: u32 = 0x1d;
export const CLZ: u32 = 0x1e;
export const KECCAK256: u32 = 0x20;
export const ADDRESS: u32 = 0x30;
export const BALANCE: u32 = 0x31;
export const ORIGIN_OP: u32 = 0x32;
export const CALLER: u32 = 0x33;
export const CALLVALUE: u32 = 0x34;
export const CALLDATALOAD: u32 = 0x35;
export const CALLDATASIZE: u32 = 0x36;
export const CALLDATACOPY: u32 = 0x37;
export const CODESIZE: u32 = 0x38;
export const CODECOPY: u32 = 0x39;
export const GASPRICE: u32 = 0x3a;
export const EXTCODESIZE: u32 = 0x3b;
export const EXTCODECOPY: u32 = 0x3c;
export const RETURNDATASIZE: u32 = 0x3d;
export const RETURNDATACOPY: u32 = 0x3e;
export const EXTCODEHASH: u32 = 0x3f;
export const BLOCKHASH: u32 = 0x40;
export const COINBASE_OP: u32 = 0x41;
export const TIMESTAMP_OP: u32 = 0x42;
export const NUMBER_OP: u32 = 0x43;
export const PREVRANDAO_OP: u32 = 0x44;
export const GASLIMIT_OP: u32 = 0x45;
export const CHAINID_OP: u32 = 0x46;
export const SELFBALANCE: u32 = 0x47;
export const BASEFEE_OP: u32 = 0x48;
export const BLOBHASH: u32 = 0x49;
export const BLOBBASEFEE_OP: u32 = 0x4a;
export const POP: u32 = 0x50;
export const MLOAD: u32 = 0x51;
export const MSTORE: u32 = 0x52;
export const MSTORE8: u32 = 0x53;
export const SLOAD: u32 = 0x54;
export const SSTORE: u32 = 0x55;
export const JUMP: u32 = 0x56;
export const JUMPI: u32 = 0x57;
export const PC: u32 = 0x58;
export const MSIZE: u32 = 0x59;
export const GAS: u32 = 0x5a;
export const JUMPDEST: u32 = 0x5b;
export const TLOAD: u32 = 0x5c;
export const TSTORE: u32 = 0x5d;
export const MCOPY: u32 = 0x5e;
export const PUSH0: u32 = 0x5f;
export const PUSH1: u32 = 0x60;
export const PUSH32: u32 = 0x7f;
export const DUP1: u32 = 0x80;
export const DUP2: u32 = 0x81;
export const DUP3: u32 = 0x82;
export const DUP4: u32 = 0x83;
export const DUP5: u32 = 0x84;
export const DUP6: u32 = 0x85;
export const DUP7: u32 = 0x86;
export const DUP8: u32 = 0x87;
export const DUP9: u32 = 0x88;
export const DUP10: u32 = 0x89;
export const DUP11: u32 = 0x8a;
export const DUP12: u32 = 0x8b;
export const DUP13: u32 = 0x8c;
export const DUP14: u32 = 0x8d;
export const DUP15: u32 = 0x8e;
export const DUP16: u32 = 0x8f;
export const SWAP1: u32 = 0x90;
export const SWAP2: u32 = 0x91;
export const SWAP3: u32 = 0x92;
export const SWAP4: u32 = 0x93;
export const SWAP5: u32 = 0x94;
export const SWAP6: u32 = 0x95;
export const SWAP7: u32 = 0x96;
export const SWAP8: u32 = 0x97;
export const SWAP9: u32 = 0x98;
export const SWAP10: u32 = 0x99;
export const SWAP11: u32 = 0x9a;
export const SWAP12: u32 = 0x9b;
export const SWAP13: u32 = 0x9c;
export const SWAP14: u32 = 0x9d;
export const SWAP15: u32 = 0x9e;
export const SWAP16: u32 = 0x9f;
export const LOG0: u32 = 0xa0;
export const LOG1: u32 = 0xa1;
export const LOG2: u32 = 0xa2;
export const LOG3: u32 = 0xa3;
export const LOG4: u32 = 0xa4;
export const CREATE: u32 = 0xf0;
export const CALL: u32 = 0xf1;
export const CALLCODE: u32 = 0xf2;
export const RETURN: u32 = 0xf3;
export const DELEGATECALL: u32 = 0xf4;
export const CREATE2: u32 = 0xf5;
export const STATICCALL: u32 = 0xfa;
export const REVERT: u32 = 0xfd;
export const INVALID: u32 = 0xfe;
export const SELFDESTRUCT: u32 = 0xff;

/** Start of a block: static gas, minimum and maximum stack size in bytes. */
export const BLOCK: u32 = 256;
export const PUSH_32: u32 = 257;
export const PUSH_64: u32 = 258;
export const PUSH_256: u32 = 259;
/** Jumps to constant destinations: translated, not yet translated, invalid. */
export const JUMP_TO: u32 = 260;
export const JUMP_LAZY: u32 = 261;
export const JUMP_BAD: u32 = 262;
export const JUMPI_TO: u32 = 263;
export const JUMPI_LAZY: u32 = 264;
export const JUMPI_BAD: u32 = 265;
export const STEP: u32 = 266;

// Fused pairs. Operand after PUSH: the constant (32 bits, or 256 for …_WORD); after DUP: the distance from
// the top.
export const ADD_CONSTANT: u32 = 267;
export const MUL_CONSTANT: u32 = 268;
export const AND_CONSTANT: u32 = 269;
export const AND_WORD: u32 = 270;
export const LT_CONSTANT: u32 = 271;
export const GT_CONSTANT: u32 = 272;
export const EQ_CONSTANT: u32 = 273;
export const SHL_CONSTANT: u32 = 274;
export const SHR_CONSTANT: u32 = 275;
export const MLOAD_CONSTANT: u32 = 276;
export const MSTORE_CONSTANT: u32 = 277;
export const ADD_COPY: u32 = 278;
export const MUL_COPY: u32 = 279;
export const SUB_COPY: u32 = 280;
export const DIV_COPY: u32 = 281;
export const LT_COPY: u32 = 282;
export const GT_COPY: u32 = 283;
export const EQ_COPY: u32 = 284;
export const AND_COPY: u32 = 285;
export const OR_COPY: u32 = 286;
export const XOR_COPY: u32 = 287;
export const SHR_COPY: u32 = 288;
export const MLOAD_COPY: u32 = 289;
export const MSTORE_COPY: u32 = 290;
/** Small operand: number of bytes. */
export const POP_MANY: u32 = 291;
/** SWAP and POP. Small operand: distance. */
export const REPLACE: u32 = 292;
/** PUSH and DUP. Small operand: distance. */
export const PUSH_COPY: u32 = 293;
/** DUP and DUP. Both operands are distances. */
export const COPY_TWICE: u32 = 294;
/** A comparison, then ISZERO. */
export const NOT_LT: u32 = 295;
export const NOT_GT: u32 = 296;
export const NOT_SLT: u32 = 297;
export const NOT_SGT: u32 = 298;
export const NOT_EQ: u32 = 299;
/**
 * Condition of a fused jump: added to the first opcode of its kind; if untranslated or invalid, in the small
 * operand.
 */
export const CONDITION_ISZERO: u32 = 0;
export const CONDITION_LT: u32 = 1;
export const CONDITION_GT: u32 = 2;
export const CONDITION_SLT: u32 = 3;
export const CONDITION_SGT: u32 = 4;
export const CONDITION_EQ: u32 = 5;
export const CONDITION_NOT_LT: u32 = 6;
export const CONDITION_NOT_GT: u32 = 7;
export const CONDITION_NOT_SLT: u32 = 8;
export const CONDITION_NOT_SGT: u32 = 9;
export const CONDITION_NOT_EQ: u32 = 10;
export const JUMP_IF: u32 = 300;
export const JUMP_IF_LT: u32 = 301;
export const JUMP_IF_GT: u32 = 302;
export const JUMP_IF_SLT: u32 = 303;
export const JUMP_IF_SGT: u32 = 304;
export const JUMP_IF_EQ: u32 = 305;
export const JUMP_IF_NOT_LT: u32 = 306;
export const JUMP_IF_NOT_GT: u32 = 307;
export const JUMP_IF_NOT_SLT: u32 = 308;
export const JUMP_IF_NOT_SGT: u32 = 309;
export const JUMP_IF_NOT_EQ: u32 = 310;
export const JUMP_IF_LAZY: u32 = 311;
export const JUMP_IF_BAD: u32 = 312;
export const FALL_THROUGH: u32 = 313;

export function endsBlock(operation: u32): bool {
  if (operation == STOP || operation == JUMP || operation == JUMPI || operation == BLOCK) return true;
  return (operation >= CREATE && operation <= SELFDESTRUCT) || (operation >= JUMP_TO && operation <= JUMPI_BAD) || operation >= JUMP_IF;
}

const UNDEFINED: u32 = 0xffffffff;

function define(opcode: u32, gas: u32, pops: u32, pushes: u32): void {
  store<u32>(OPCODES + (opcode << 2), gas | (pops << 16) | (pushes << 24));
}

function defineRange(first: u32, last: u32, gas: u32, pops: u32, pushes: u32): void {
  for (let opcode = first; opcode <= last; opcode++) define(opcode, gas, pops, pushes);
}

@inline
export function isDefined(opcode: u32): bool {
  return load<u32>(OPCODES + (opcode << 2)) != UNDEFINED;
}

@inline
export function staticGas(opcode: u32): u32 {
  return load<u16>(OPCODES + (opcode << 2));
}

@inline
export function popCount(opcode: u32): i32 {
  return load<u8>(OPCODES + (opcode << 2), 2);
}

@inline
export function pushCount(opcode: u32): i32 {
  return load<u8>(OPCODES + (opcode << 2), 3);
}

/** Yellow paper, appendix G, with the warm cost (EIP-2929). */
export function fillOpcodes(): void {
  for (let opcode: u32 = 0; opcode < 256; opcode++) store<u32>(OPCODES + (opcode << 2), UNDEFINED);
  define(STOP, 0, 0, 0);
  defineRange(ADD, SMOD, 5, 2, 1);
  define(ADD, 3, 2, 1);
  define(SUB, 3, 2, 1);
  defineRange(ADDMOD, MULMOD, 8, 3, 1);
  define(EXP, 10, 2, 1);
  define(SIGNEXTEND, 5, 2, 1);
  defineRange(LT, SAR, 3, 2, 1);
  define(ISZERO, 3, 1, 1);
  define(NOT, 3, 1, 1);
  if (load<u32>(RULES) & RULE_COUNT_LEADING_ZEROS) define(CLZ, 5, 1, 1);
  define(KECCAK256, 30, 2, 1);
  defineRange(ADDRESS, GASPRICE, 2, 0, 1);
  define(BALANCE, 100, 1, 1);
  define(CALLDATALOAD, 3, 1, 1);
  define(CALLDATACOPY, 3, 3, 0);
  define(CODECOPY, 3, 3, 0);
  define(EXTCODESIZE, 100, 1, 1);
  define(EXTCODECOPY, 100, 4, 0);
  define(RETURNDATASIZE, 2, 0, 1);
  define(RETURNDATACOPY, 3, 3, 0);
  define(EXTCODEHASH, 100, 1, 1);
  define(BLOCKHASH, 20, 1, 1);
  defineRange(COINBASE_OP, CHAINID_OP, 2, 0, 1);
  define(SELFBALANCE, 5, 0, 1);
  define(BASEFEE_OP, 2, 0, 1);
  define(BLOBHASH, 3, 1, 1);
  define(BLOBBASEFEE_OP, 2, 0, 1);
  define(POP, 2, 1, 0);
  define(MLOAD, 3, 1, 1);
  define(MSTORE, 3, 2, 0);
  define(MSTORE8, 3, 2, 0);
  define(SLOAD, 100, 1, 1);
  define(SSTORE, 0, 2, 0);
  define(JUMP, 8, 1, 0);
  define(JUMPI, 10, 2, 0);
  defineRange(PC, GAS, 2, 0, 1);
  define(JUMPDEST, 1, 0, 0);
  define(TLOAD, 100, 1, 1);
  define(TSTORE, 100, 2, 0);
  define(MCOPY, 3, 3, 0);
  define(PUSH0, 2, 0, 1);
  defineRange(PUSH1, PUSH32, 3, 0, 1);
  for (let n: u32 = 1; n <= 16; n++) {
    define(DUP1 + n - 1, 3, n, n + 1);
    define(SWAP1 + n - 1, 3, n + 1, n + 1);
  }
  for (let n: u32 = 0; n <= 4; n++) define(LOG0 + n, 375 * (n + 1), 2 + n, 0);
  define(CREATE, 32000, 3, 1);
  define(CALL, 100, 7, 1);
  define(CALLCODE, 100, 7, 1);
  define(RETURN, 0, 2, 0);
  define(DELEGATECALL, 100, 6, 1);
  define(CREATE2, 32000, 4, 1);
  define(STATICCALL, 100, 6, 1);
  define(REVERT, 0, 2, 0);
  define(SELFDESTRUCT, 5000, 1, 0);
}
