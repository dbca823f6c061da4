import { recoverCompact } from "@trellis/crypto";
import { NO_OUTPUT, type Precompile, padded } from "./Precompile.ts";

const GAS = 3000;
const INPUT_SIZE = 128;
const V_EVEN = 27;

/** Yellow paper, appendix E.1. Empty output on failure. */
export const ecrecover: Precompile = (input, gas) => {
  const failed = { gasUsed: GAS, output: NO_OUTPUT };
  if (gas < GAS) return failed;
  const bytes = input.length < INPUT_SIZE ? padded(input, INPUT_SIZE) : input;
  const yParity = bytes[63]! - V_EVEN;
  if (yParity !== 0 && yParity !== 1) return failed;
  for (let i = 32; i < 63; i++) if (bytes[i] !== 0) return failed;
  const address = recoverCompact(bytes.subarray(0, 32), bytes.subarray(64, INPUT_SIZE), yParity);
  if (address === undefined) return failed;
  const output = new Uint8Array(32);
  output.set(address, 12);
  return { gasUsed: GAS, output };
};
