interface OpcodeInfo {
  readonly name: string;
  readonly stackMin: number;
  readonly stackDelta: number;
}

const STACK_LIMIT = 1024;

/** geth's name, pops and pushes. */
const ROWS: Readonly<Record<number, readonly [string, number, number]>> = {
  0: ["STOP", 0, 0],
  1: ["ADD", 2, 1],
  2: ["MUL", 2, 1],
  3: ["SUB", 2, 1],
  4: ["DIV", 2, 1],
  5: ["SDIV", 2, 1],
  6: ["MOD", 2, 1],
  7: ["SMOD", 2, 1],
  8: ["ADDMOD", 3, 1],
  9: ["MULMOD", 3, 1],
  10: ["EXP", 2, 1],
  11: ["SIGNEXTEND", 2, 1],
  16: ["LT", 2, 1],
  17: ["GT", 2, 1],
  18: ["SLT", 2, 1],
  19: ["SGT", 2, 1],
  20: ["EQ", 2, 1],
  21: ["ISZERO", 1, 1],
  22: ["AND", 2, 1],
  23: ["OR", 2, 1],
  24: ["XOR", 2, 1],
  25: ["NOT", 1, 1],
  26: ["BYTE", 2, 1],
  27: ["SHL", 2, 1],
  28: ["SHR", 2, 1],
  29: ["SAR", 2, 1],
  30: ["CLZ", 1, 1],
  32: ["KECCAK256", 2, 1],
  48: ["ADDRESS", 0, 1],
  49: ["BALANCE", 1, 1],
  50: ["ORIGIN", 0, 1],
  51: ["CALLER", 0, 1],
  52: ["CALLVALUE", 0, 1],
  53: ["CALLDATALOAD", 1, 1],
  54: ["CALLDATASIZE", 0, 1],
  55: ["CALLDATACOPY", 3, 0],
  56: ["CODESIZE", 0, 1],
  57: ["CODECOPY", 3, 0],
  58: ["GASPRICE", 0, 1],
  59: ["EXTCODESIZE", 1, 1],
  60: ["EXTCODECOPY", 4, 0],
  61: ["RETURNDATASIZE", 0, 1],
  62: ["RETURNDATACOPY", 3, 0],
  63: ["EXTCODEHASH", 1, 1],
  64: ["BLOCKHASH", 1, 1],
  65: ["COINBASE", 0, 1],
  66: ["TIMESTAMP", 0, 1],
  67: ["NUMBER", 0, 1],
  68: ["DIFFICULTY", 0, 1],
  69: ["GASLIMIT", 0, 1],
  70: ["CHAINID", 0, 1],
  71: ["SELFBALANCE", 0, 1],
  72: ["BASEFEE", 0, 1],
  73: ["BLOBHASH", 1, 1],
  74: ["BLOBBASEFEE", 0, 1],
  80: ["POP", 1, 0],
  81: ["MLOAD", 1, 1],
  82: ["MSTORE", 2, 0],
  83: ["MSTORE8", 2, 0],
  84: ["SLOAD", 1, 1],
  85: ["SSTORE", 2, 0],
  86: ["JUMP", 1, 0],
  87: ["JUMPI", 2, 0],
  88: ["PC", 0, 1],
  89: ["MSIZE", 0, 1],
  90: ["GAS", 0, 1],
  91: ["JUMPDEST", 0, 0],
  92: ["TLOAD", 1, 1],
  93: ["TSTORE", 2, 0],
  94: ["MCOPY", 3, 0],
  240: ["CREATE", 3, 1],
  241: ["CALL", 7, 1],
  242: ["CALLCODE", 7, 1],
  243: ["RETURN", 2, 0],
  244: ["DELEGATECALL", 6, 1],
  245: ["CREATE2", 4, 1],
  250: ["STATICCALL", 6, 1],
  253: ["REVERT", 2, 0],
  254: ["INVALID", 0, 0],
  255: ["SELFDESTRUCT", 1, 0],
};

const TABLE: readonly OpcodeInfo[] = Array.from({ length: 256 }, (_, code) => infoOf(code));

export function opcodeInfo(code: number): OpcodeInfo {
  return TABLE[code]!;
}

export function stackFailure(code: number, height: number): string | undefined {
  const { stackMin, stackDelta } = opcodeInfo(code);
  if (height < stackMin) return `stack underflow (${height} <=> ${stackMin})`;
  if (height + stackDelta > STACK_LIMIT) return `stack limit reached ${height} (${STACK_LIMIT - stackDelta})`;
  return undefined;
}

function infoOf(code: number): OpcodeInfo {
  const row = ROWS[code];
  if (row !== undefined) return { name: row[0], stackMin: row[1], stackDelta: row[2] - row[1] };
  if (code >= 0x5f && code <= 0x7f) return { name: `PUSH${code - 0x5f}`, stackMin: 0, stackDelta: 1 };
  if (code >= 0x80 && code <= 0x8f)
    return { name: `DUP${code - 0x7f}`, stackMin: code - 0x7f, stackDelta: 1 };
  if (code >= 0x90 && code <= 0x9f)
    return { name: `SWAP${code - 0x8f}`, stackMin: code - 0x8e, stackDelta: 0 };
  if (code >= 0xa0 && code <= 0xa4)
    return { name: `LOG${code - 0xa0}`, stackMin: code - 0x9e, stackDelta: 0x9e - code };
  return { name: `opcode 0x${code.toString(16)} not defined`, stackMin: 0, stackDelta: 0 };
}
