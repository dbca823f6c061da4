import { p256 } from "@noble/curves/nist.js";
import { bytesToBigint } from "@trellis/base";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";

const GAS = 6_900;
const INPUT_SIZE = 160;
const UNCOMPRESSED = 0x04;

/** EIP-7951. Input: hash, r, s, x and y of the key. Output: 1 as a word, or nothing if the signature is invalid. */
export const p256Verify: Precompile = (input, gas) => {
  const refused = { gasUsed: GAS, output: NO_OUTPUT };
  if (gas < GAS || input.length !== INPUT_SIZE || !isSigned(input)) return refused;
  const output = new Uint8Array(32);
  output[31] = 1;
  return { gasUsed: GAS, output };
};

function isSigned(input: Uint8Array): boolean {
  const order = p256.Point.Fn.ORDER;
  const [r, s] = [bytesToBigint(input.subarray(32, 64)), bytesToBigint(input.subarray(64, 96))];
  if (r === 0n || r >= order || s === 0n || s >= order) return false;
  const key = new Uint8Array(65);
  key[0] = UNCOMPRESSED;
  key.set(input.subarray(96), 1);
  try {
    return p256.verify(input.slice(32, 96), input.slice(0, 32), key, { prehash: false, lowS: false });
  } catch {
    return false;
  }
}
