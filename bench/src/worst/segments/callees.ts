import type { Assembler } from "../Assembler.ts";
import type { OpcodeName } from "../opcodes.ts";
import { type CalleeRange, numberOf, type SegmentKind, type Values } from "../SegmentKind.ts";

const SETS = [0, 1, 2];
const HAS_VALUE = new Set(["CALL", "CALLCODE"]);

export const calls: SegmentKind = {
  parameters: {
    opcode: ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"],
    set: SETS,
    gas: [0, 1, 100, 700, 2_300, 10_000, 100_000, "all"],
    value: [0, 0, 0, 1],
    argumentBytes: [0, 0, 32, 1_024, 65_536],
    returnBytes: [0, 0, 32, 1_024, 65_536],
    count: [1, 2, 8, 32],
  },
  label: ({ opcode, gas }) =>
    `${opcode} with ${gas === "all" ? "all" : Number(gas) < 700 ? "no" : "some"} gas`,
  emit(assembler, values, context) {
    const opcode = values.opcode as OpcodeName;
    for (let index = 0; index < numberOf(values, "count"); index++) {
      assembler.push(numberOf(values, "returnBytes")).push(0);
      assembler.push(numberOf(values, "argumentBytes")).push(0);
      const height = HAS_VALUE.has(opcode) ? 5 : 4;
      if (HAS_VALUE.has(opcode)) assembler.push(numberOf(values, "value"));
      pushCallee(assembler, context.callees(numberOf(values, "set")), height + 1, index);
      if (values.gas === "all") assembler.op("GAS");
      else assembler.push(numberOf(values, "gas"));
      assembler.op(opcode, "POP");
    }
  },
};

export const codeReads: SegmentKind = {
  parameters: {
    opcode: ["EXTCODECOPY", "EXTCODESIZE", "EXTCODEHASH", "BALANCE"],
    set: SETS,
    size: [0, 1, 32, 1_024, 24_576],
    offset: [0, 1, 12_345, 24_575],
    count: [1, 2, 8, 32],
  },
  label: ({ opcode }) => String(opcode),
  emit(assembler, values, context) {
    for (let index = 0; index < numberOf(values, "count"); index++) {
      const callees = context.callees(numberOf(values, "set"));
      if (values.opcode === "EXTCODECOPY") {
        assembler.push(numberOf(values, "size")).push(numberOf(values, "offset")).push(0);
        pushCallee(assembler, callees, 4, index);
        assembler.op("EXTCODECOPY");
      } else {
        pushCallee(assembler, callees, 1, index);
        assembler.op(values.opcode as OpcodeName, "POP");
      }
    }
  },
};

/** The init code's last bytes make each creation unique. */
export const creations: SegmentKind = {
  parameters: {
    opcode: ["CREATE", "CREATE2"],
    set: SETS,
    size: [0, 1, 32, 1_024, 24_576, 49_152],
    start: ["asIs", "stop", "invalid", "returnAll", "return24576", "jumpToEnd"],
    fresh: [0, 1],
  },
  label: ({ opcode, start }) => `${opcode}, init code ${start}`,
  emit(assembler, values, context) {
    const size = numberOf(values, "size");
    const offset = assembler.allocate(size + 32);
    assembler.push(size).push(0).push(offset);
    pushCallee(assembler, context.callees(numberOf(values, "set")), 4, 0);
    assembler.op("EXTCODECOPY");
    const start = startOf(values, size);
    start.forEach((byte, index) => {
      assembler
        .push(byte)
        .push(offset + index)
        .op("MSTORE8");
    });
    if (values.fresh === 1)
      assembler
        .dup(1)
        .push(Math.max(offset + start.length, offset + size - 33))
        .op("MSTORE");
    if (values.opcode === "CREATE2") assembler.dup(1);
    assembler
      .push(size)
      .push(offset)
      .push(0)
      .op(values.opcode as OpcodeName, "POP");
  },
};

function startOf({ start }: Values, size: number): readonly number[] {
  switch (start) {
    case "stop":
      return [0x00];
    case "invalid":
      return [0xfe];
    case "returnAll":
      // CODESIZE PUSH0 PUSH0 CODECOPY, MSTORE8 of 0 at 0 (EIP-3541), CODESIZE PUSH0 RETURN
      return [0x38, 0x5f, 0x5f, 0x39, 0x5f, 0x5f, 0x53, 0x38, 0x5f, 0xf3];
    case "return24576":
      return [0x61, 0x60, 0x00, 0x5f, 0xf3];
    case "jumpToEnd":
      return [0x61, (size - 1) >> 8, (size - 1) & 0xff, 0x56].map((byte) => byte & 0xff);
    default:
      return [];
  }
}

function pushCallee(
  assembler: Assembler,
  { first, count }: CalleeRange,
  counterDepth: number,
  turn: number,
): void {
  assembler.push(BigInt(first));
  if (count === 1) return;
  assembler.push(count).dup(counterDepth + 2);
  if (turn > 0) assembler.push(turn * 0x9e37_79b1).op("ADD");
  assembler.op("MOD", "ADD");
}
