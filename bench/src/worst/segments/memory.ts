import type { OpcodeName } from "../opcodes.ts";
import { numberOf, type SegmentKind } from "../SegmentKind.ts";

const SIZES = [0, 1, 31, 32, 33, 64, 135, 136, 137, 271, 272, 1_024, 4_096, 32_768, 131_072, 1_048_576];
const COPIES = ["MCOPY", "CALLDATACOPY", "CODECOPY"] as const;
const ACCESSES = ["MLOAD", "MSTORE", "MSTORE8"] as const;

/** Only the first iteration pays for memory expansion. */
export const memory: SegmentKind = {
  parameters: {
    opcode: [...ACCESSES, ...COPIES, "KECCAK256", "LOG0", "LOG1", "LOG4"],
    size: SIZES,
    offset: [0, 1, 31, 4_095, 65_537, 1_000_003],
    source: [0, 1, 17, 100_000],
    fresh: [0, 1],
    count: [1, 4, 16, 64],
  },
  label: ({ opcode, size }) => `${opcode} of ${sizeClass(Number(size))}`,
  emit(assembler, values) {
    const opcode = String(values.opcode);
    const [size, offset] = [numberOf(values, "size"), numberOf(values, "offset")];
    for (let index = 0; index < numberOf(values, "count"); index++) {
      if (values.fresh === 1) assembler.dup(1).push(offset).op("MSTORE");
      if (opcode.startsWith("LOG")) {
        const topics = Number(opcode.slice(3));
        for (let topic = 0; topic < topics; topic++) assembler.dup(topic + 1);
        assembler
          .push(size)
          .push(offset)
          .raw(0xa0 + topics);
      } else if (opcode === "MLOAD") assembler.push(offset).op("MLOAD", "POP");
      else if (opcode === "MSTORE" || opcode === "MSTORE8") assembler.dup(1).push(offset).op(opcode);
      else if (opcode === "KECCAK256") assembler.push(size).push(offset).op("KECCAK256", "POP");
      else {
        assembler.push(size).push(numberOf(values, "source")).push(offset);
        assembler.op(opcode as OpcodeName);
      }
    }
  },
};

function sizeClass(size: number): string {
  return size < 1_024 ? "few bytes" : "many bytes";
}
