import { keccakF1600 } from "./keccakF1600.ts";

const RATE = 136;
const STATE_SIZE = 200;

/** The function name is empty (SP 800-185, section 3.3). */
export function cShake256State(customisation: string): Int32Array {
  const text = new TextEncoder().encode(customisation);
  const state = new Uint8Array(STATE_SIZE);
  // bytepad(encode_string("") || encode_string(text), 136). The text must be shorter than 32 bytes.
  state.set([1, RATE, 1, 0, 1, text.length * 8, ...text]);
  const lanes = new Int32Array(state.buffer);
  keccakF1600(lanes);
  return lanes;
}

/** @param messageSize a multiple of four, below the rate */
export function padCShake256(state: Int32Array, messageSize: number): void {
  state[messageSize / 4]! ^= 0x04;
  state[RATE / 4 - 1]! ^= 0x80_00_00_00;
}
