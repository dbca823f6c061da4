import { bytesToBigint } from "@trellis/base";
import { recoverAddress } from "@trellis/crypto";
import { NO_OUTPUT, type Precompile, padded } from "./Precompile.ts";

const GAS = 3000;

/** 0x01: the address that made a signature over a hash (yellow paper, appendix E.1). Empty when there is none. */
export const ecrecover: Precompile = (input, gas) => {
  const failed = { gasUsed: GAS, output: NO_OUTPUT };
  if (gas < GAS) return failed;
  const bytes = padded(input, 128);
  const v = bytesToBigint(bytes.subarray(32, 64));
  if (v !== 27n && v !== 28n) return failed;
  const signature = {
    r: bytesToBigint(bytes.subarray(64, 96)),
    s: bytesToBigint(bytes.subarray(96, 128)),
    yParity: v === 27n ? 0 : 1,
  } as const;
  try {
    const output = new Uint8Array(32);
    output.set(recoverAddress(bytes.subarray(0, 32), signature, { allowHighS: true }), 12);
    return { gasUsed: GAS, output };
  } catch {
    // Out of range, or no point of the curve: no address.
    return failed;
  }
};
