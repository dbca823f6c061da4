import { createHash } from "node:crypto";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

/** 0x02 (yellow paper, appendix E.1). */
export const sha256: Precompile = (input, gas) => {
  const gasUsed = 60 + 12 * Math.ceil(input.length / 32);
  if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
  return { gasUsed, output: createHash("sha256").update(input).digest() };
};

/** 0x03 (yellow paper, appendix E.1): 20 bytes behind 12 zeros. */
export const ripemd160: Precompile = (input, gas) => {
  const gasUsed = 600 + 120 * Math.ceil(input.length / 32);
  if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
  const output = new Uint8Array(32);
  output.set(createHash("ripemd160").update(input).digest(), 12);
  return { gasUsed, output };
};
