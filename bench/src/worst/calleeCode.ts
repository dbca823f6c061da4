import { concatBytes } from "@trellis/base";
import { Draws } from "./Draws.ts";

const UNITS: Readonly<Record<string, readonly number[]>> = {
  stop: [0x00],
  jumpdest: [0x5b],
  push32: [0x7f, ...new Array<number>(32).fill(0x5b), 0x50],
  pushes: [0x60, 0x01, 0x60, 0x02],
  pushPop: [0x60, 0x01, 0x50],
  push0Pop: [0x5f, 0x50],
  pcPop: [0x58, 0x50],
  notTaken: [0x5f, 0x5f, 0x57],
  swaps: [0x80, 0x90, 0x50],
  add: [0x60, 0x01, 0x01],
  mload: [0x5f, 0x51, 0x50],
  gasPop: [0x5a, 0x50],
  invalid: [0xfe],
};

const WHOLES: Readonly<Record<string, readonly number[]>> = {
  // Calls itself with all gas.
  recursive: [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xf1, 0x00],
  // Calls itself with all gas, then reverts with 1,024 bytes.
  recursiveRevert: [
    0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xfa, 0x3d, 0x5f, 0x5f, 0x3e, 0x61, 0x04, 0x00, 0x5f, 0xfd,
  ],
  // TSTORE and SSTORE of the remaining gas, then DELEGATECALL to itself.
  recursiveStore: [0x5a, 0x5a, 0x5d, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xf4, 0x5f, 0x5f, 0xfd],
  // 64 transient stores, then reverts.
  storeRevert: [
    ...Array.from({ length: 64 }, (_, index) => [0x5a, 0x60, index, 0x5d]).flat(),
    0x5f,
    0x5f,
    0xfd,
  ],
  return24576: [0x61, 0x60, 0x00, 0x5f, 0xf3],
  revert24576: [0x61, 0x60, 0x00, 0x5f, 0xfd],
  log: [0x61, 0x04, 0x00, 0x5f, 0xa0, 0x00],
  selfdestruct: [0x33, 0xff],
  jumpToData: [0x5f, 0x35, 0x56],
  createSelf: [0x38, 0x5f, 0x5f, 0x39, 0x38, 0x5f, 0x5f, 0xf0, 0x00],
};

export const SHAPES = [...Object.keys(UNITS), ...Object.keys(WHOLES), "random"] as const;

/** After a jump, the remaining code executes; after STOP, it is only analysed. */
export const STARTS: Readonly<Record<string, readonly number[]>> = {
  asIs: [],
  stop: [0x00],
  jumpOver: [0x61, 0x5f, 0xff, 0x56],
  callDataJump: [0x5f, 0x35, 0x56],
};

export function calleeCode(shape: string, start: string, size: number, seed: number): Uint8Array {
  const code = new Uint8Array(size);
  const head = STARTS[start] ?? [];
  code.set(concatBytes(Uint8Array.from(head), bodyOf(shape, size, seed)).subarray(0, size));
  if (start === "jumpOver" && size === 24_576) code[size - 1] = 0x5b;
  return code;
}

function bodyOf(shape: string, size: number, seed: number): Uint8Array {
  const whole = WHOLES[shape];
  if (whole !== undefined) return Uint8Array.from(whole);
  const unit = UNITS[shape];
  if (unit === undefined) return new Draws(seed).bytes(size);
  return Uint8Array.from({ length: size }, (_, index) => unit[index % unit.length]!);
}
