import type { Assembler } from "../Assembler.ts";
import { Draws } from "../Draws.ts";
import type { OpcodeName } from "../opcodes.ts";
import { numberOf, type SegmentKind } from "../SegmentKind.ts";

const ARITY: Partial<Record<OpcodeName, number>> = {
  ADDRESS: 0,
  ORIGIN: 0,
  CALLER: 0,
  CALLVALUE: 0,
  CALLDATASIZE: 0,
  CODESIZE: 0,
  GASPRICE: 0,
  RETURNDATASIZE: 0,
  COINBASE: 0,
  TIMESTAMP: 0,
  NUMBER: 0,
  PREVRANDAO: 0,
  GASLIMIT: 0,
  CHAINID: 0,
  SELFBALANCE: 0,
  BASEFEE: 0,
  BLOBBASEFEE: 0,
  PC: 0,
  MSIZE: 0,
  GAS: 0,
  PUSH0: 0,
  ISZERO: 1,
  NOT: 1,
  BLOCKHASH: 1,
  BLOBHASH: 1,
  CALLDATALOAD: 1,
  ADD: 2,
  MUL: 2,
  SUB: 2,
  DIV: 2,
  SDIV: 2,
  MOD: 2,
  SMOD: 2,
  EXP: 2,
  SIGNEXTEND: 2,
  LT: 2,
  GT: 2,
  SLT: 2,
  SGT: 2,
  EQ: 2,
  AND: 2,
  OR: 2,
  XOR: 2,
  BYTE: 2,
  SHL: 2,
  SHR: 2,
  SAR: 2,
  ADDMOD: 3,
  MULMOD: 3,
};

const MAX = 2n ** 256n - 1n;
const OPERANDS = [
  "zero",
  "one",
  "small",
  "64",
  "65",
  "128",
  "129",
  "192",
  "255",
  "256",
  "max",
  "top",
] as const;

/** Arguments are duplicated on the stack, so that the operation dominates. */
export const arithmetic: SegmentKind = {
  parameters: {
    opcode: Object.keys(ARITY),
    a: OPERANDS,
    b: OPERANDS,
    c: OPERANDS,
    seed: "seed",
    chained: ["none", "first", "last"],
    /** 1 inverts intermediate results, which keeps them large. */
    inverted: [0, 1],
    count: [1, 8, 64, 256],
  },
  label: ({ opcode }) => String(opcode),
  emit(assembler, values) {
    const name = values.opcode as OpcodeName;
    const arity = ARITY[name] ?? 0;
    const draws = new Draws(numberOf(values, "seed"));
    const operands = ["a", "b", "c"].slice(0, arity).map((key) => operand(String(values[key]), draws));
    for (const value of operands.toReversed()) assembler.push(value);
    const count = numberOf(values, "count");
    for (let index = 0; index < count; index++) {
      if (values.chained === "none" || arity === 0) independent(assembler, name, arity);
      else chained(assembler, name, arity, values.chained === "last");
      if (values.inverted === 1 && values.chained !== "none" && arity > 0) assembler.op("NOT");
    }
    for (let index = 0; index < arity; index++) assembler.op("POP");
  },
};

function independent(assembler: Assembler, name: OpcodeName, arity: number): void {
  for (let index = 0; index < arity; index++) assembler.dup(arity);
  assembler.op(name, "POP");
}

function chained(assembler: Assembler, name: OpcodeName, arity: number, isLast: boolean): void {
  if (isLast) for (let index = 1; index < arity; index++) assembler.dup(index * 2);
  else {
    for (let index = 1; index < arity; index++) assembler.dup(arity).swap(1);
  }
  assembler.op(name);
}

function operand(size: string, draws: Draws): bigint {
  if (size === "zero") return 0n;
  if (size === "one") return 1n;
  if (size === "small") return BigInt(draws.integer(300));
  if (size === "max") return MAX;
  if (size === "top") return 1n << 255n;
  const bits = BigInt(size);
  const random = BigInt(`0x${Buffer.from(draws.bytes(32)).toString("hex")}`);
  return (random & ((1n << bits) - 1n)) | (1n << (bits - 1n));
}
