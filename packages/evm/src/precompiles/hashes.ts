import { hash } from "node:crypto";
import { sha256 as sha256Of } from "@trellis/crypto";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

/** Yellow paper, appendix E.1. */
export const sha256: Precompile = (input, gas) => {
  const gasUsed = 60 + 12 * Math.ceil(input.length / 32);
  if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
  return { gasUsed, output: sha256Of(input) };
};

/** Yellow paper, appendix E.1: 12 zeros, 20 bytes. */
export const ripemd160: Precompile = (input, gas) => {
  const gasUsed = 600 + 120 * Math.ceil(input.length / 32);
  if (gas < gasUsed) return { gasUsed, output: NO_OUTPUT };
  const output = new Uint8Array(32);
  output.set(hash("ripemd160", input, "buffer"), 12);
  return { gasUsed, output };
};
