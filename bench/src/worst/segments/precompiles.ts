import { INPUTS, type PrecompileInput } from "../precompileInputs.ts";
import { numberOf, type SegmentKind } from "../SegmentKind.ts";

export const precompiles: SegmentKind = {
  parameters: {
    input: Object.keys(INPUTS),
    seed: "seed",
    size: [0, 1, 2, 3, 4, 5, 6, 7],
    fresh: [0, 1],
    count: [1, 4, 16],
  },
  label: ({ input }) => `precompile: ${input}`,
  emit(assembler, values) {
    const { id, bytes, gas, freeAt }: PrecompileInput = INPUTS[String(values.input)]!(
      numberOf(values, "seed"),
      numberOf(values, "size"),
    );
    const offset = assembler.allocateData(bytes);
    for (let index = 0; index < numberOf(values, "count"); index++) {
      if (values.fresh === 1 && freeAt !== undefined) {
        if (index === 0) assembler.dup(1);
        else
          assembler
            .dup(1)
            .push(index * 2 ** 16)
            .op("ADD");
        assembler.push(offset + freeAt).op("MSTORE");
      }
      assembler.push(0).push(0).push(bytes.length).push(offset).push(id);
      if (gas === undefined) assembler.op("GAS");
      else assembler.push(gas);
      assembler.op("STATICCALL", "POP");
    }
  },
};
