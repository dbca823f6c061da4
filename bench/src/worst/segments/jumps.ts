import type { Assembler } from "../Assembler.ts";
import { numberOf, type SegmentKind } from "../SegmentKind.ts";

const FILLERS: Readonly<Record<string, readonly number[]>> = {
  none: [],
  pop: [0x5f, 0x50],
  push32: [0x7f, ...new Array<number>(32).fill(0x5b), 0x50],
  pc: [0x58, 0x50],
  invalid: [0xfe],
};

export const jumps: SegmentKind = {
  parameters: {
    style: ["row", "constant", "notTaken", "table", "intoRow"],
    filler: Object.keys(FILLERS),
    count: [1, 16, 256, 2_048],
  },
  label: ({ style }) => `jumps: ${style}`,
  emit(assembler, values) {
    const count = numberOf(values, "count");
    const filler = FILLERS[String(values.filler)]!;
    if (values.style === "table" || values.style === "intoRow") {
      return computedJump(assembler, count, filler, values.style === "table");
    }
    for (let index = 0; index < count; index++) {
      const label = assembler.newLabel();
      if (values.style === "constant")
        assembler
          .pushLabel(label)
          .op("JUMP")
          .raw(...filler);
      if (values.style === "notTaken") assembler.op("PUSH0").pushLabel(label).op("JUMPI");
      assembler.place(label);
    }
  },
};

function computedJump(
  assembler: Assembler,
  count: number,
  filler: readonly number[],
  isTable: boolean,
): void {
  const [back, first] = [assembler.newLabel(), assembler.newLabel()];
  const entry = isTable ? [0x5b, 0x56, ...filler] : [0x5b, ...(filler[0] === 0xfe ? [] : filler)];
  assembler.pushLabel(back).push(count).dup(3).op("MOD");
  assembler.push(entry.length).op("MUL").pushLabel(first).op("ADD", "JUMP");
  assembler.place(first).raw(...entry.slice(1));
  for (let index = 1; index < count; index++) assembler.raw(...entry);
  if (!isTable) assembler.op("JUMP");
  assembler.place(back);
}
