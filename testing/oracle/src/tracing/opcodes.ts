/** geth's name, pops (δ) and pushes (α). */
interface Instruction {
  readonly name: string;
  readonly removed: number;
  readonly added: number;
}

const STACK_LIMIT = 1024;

/** Yellow paper, appendix H.2; EIP-1153, EIP-3855, EIP-4844, EIP-5656, EIP-7516. */
const BY_STACK_EFFECT: readonly (readonly [
  removed: number,
  added: number,
  codes: Readonly<Record<string, number>>,
])[] = [
  [0, 0, { STOP: 0x00, JUMPDEST: 0x5b, INVALID: 0xfe }],
  [0, 1, { ADDRESS: 0x30, ORIGIN: 0x32, CALLER: 0x33, CALLVALUE: 0x34, CALLDATASIZE: 0x36, CODESIZE: 0x38 }],
  [0, 1, { GASPRICE: 0x3a, RETURNDATASIZE: 0x3d, COINBASE: 0x41, TIMESTAMP: 0x42, NUMBER: 0x43 }],
  [0, 1, { DIFFICULTY: 0x44, GASLIMIT: 0x45, CHAINID: 0x46, SELFBALANCE: 0x47, BASEFEE: 0x48 }],
  [0, 1, { BLOBBASEFEE: 0x4a, PC: 0x58, MSIZE: 0x59, GAS: 0x5a }],
  [1, 0, { POP: 0x50, JUMP: 0x56, SELFDESTRUCT: 0xff }],
  [
    1,
    1,
    { ISZERO: 0x15, NOT: 0x19, BALANCE: 0x31, CALLDATALOAD: 0x35, EXTCODESIZE: 0x3b, EXTCODEHASH: 0x3f },
  ],
  [1, 1, { BLOCKHASH: 0x40, BLOBHASH: 0x49, MLOAD: 0x51, SLOAD: 0x54, TLOAD: 0x5c }],
  [
    2,
    0,
    { MSTORE: 0x52, MSTORE8: 0x53, SSTORE: 0x55, JUMPI: 0x57, TSTORE: 0x5d, RETURN: 0xf3, REVERT: 0xfd },
  ],
  [2, 1, { ADD: 0x01, MUL: 0x02, SUB: 0x03, DIV: 0x04, SDIV: 0x05, MOD: 0x06, SMOD: 0x07, EXP: 0x0a }],
  [2, 1, { SIGNEXTEND: 0x0b, LT: 0x10, GT: 0x11, SLT: 0x12, SGT: 0x13, EQ: 0x14, AND: 0x16, OR: 0x17 }],
  [2, 1, { XOR: 0x18, BYTE: 0x1a, SHL: 0x1b, SHR: 0x1c, SAR: 0x1d, KECCAK256: 0x20 }],
  [3, 0, { CALLDATACOPY: 0x37, CODECOPY: 0x39, RETURNDATACOPY: 0x3e, MCOPY: 0x5e }],
  [3, 1, { ADDMOD: 0x08, MULMOD: 0x09, CREATE: 0xf0 }],
  [4, 0, { EXTCODECOPY: 0x3c }],
  [4, 1, { CREATE2: 0xf5 }],
  [6, 1, { DELEGATECALL: 0xf4, STATICCALL: 0xfa }],
  [7, 1, { CALL: 0xf1, CALLCODE: 0xf2 }],
];

const INSTRUCTIONS = instructions();

function instructions(): ReadonlyMap<number, Instruction> {
  const all = new Map<number, Instruction>();
  for (const [removed, added, codes] of BY_STACK_EFFECT) {
    for (const [name, code] of Object.entries(codes)) all.set(code, { name, removed, added });
  }
  for (let n = 0; n <= 32; n++) all.set(0x5f + n, { name: `PUSH${n}`, removed: 0, added: 1 });
  for (let n = 1; n <= 16; n++) {
    all.set(0x7f + n, { name: `DUP${n}`, removed: n, added: n + 1 });
    all.set(0x8f + n, { name: `SWAP${n}`, removed: n + 1, added: n + 1 });
  }
  for (let n = 0; n <= 4; n++) all.set(0xa0 + n, { name: `LOG${n}`, removed: n + 2, added: 0 });
  return all;
}

/** geth's name for undefined opcodes contains the byte. */
function instruction(code: number): Instruction {
  const undefinedName = `opcode 0x${code.toString(16)} not defined`;
  return INSTRUCTIONS.get(code) ?? { name: undefinedName, removed: 0, added: 0 };
}

export function opcodeName(code: number): string {
  return instruction(code).name;
}

export function stackFailure(code: number, height: number): string | undefined {
  const { removed, added } = instruction(code);
  if (height < removed) return `stack underflow (${height} <=> ${removed})`;
  const heightMax = STACK_LIMIT + removed - added;
  return height > heightMax ? `stack limit reached ${height} (${heightMax})` : undefined;
}
