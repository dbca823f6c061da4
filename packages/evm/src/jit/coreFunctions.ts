import { TYPE, type ValueType } from "./wasm.ts";

const { i32, i64 } = TYPE;

interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

const signature = (parameters: readonly ValueType[], ...results: ValueType[]): Signature => ({
  parameters,
  results,
});

const unary = signature([i32, i32]);
const binary = signature([i32, i32, i32]);
const ternary = signature([i32, i32, i32, i32]);
/** Word or stack pointer and gas; returns the remaining gas. */
const payed = signature([i32, i64], i64);
const payedByFrame = signature([i32, i32, i64], i64);

/** Exports of the core that compiled code imports, in import order (core/index.ts). */
export const CORE_FUNCTIONS = {
  mulWords: binary,
  divWords: binary,
  sdivWords: binary,
  modWords: binary,
  smodWords: binary,
  powWords: binary,
  signextendWord: binary,
  byteOfWord: binary,
  shlWord: binary,
  shrWord: binary,
  sarWord: binary,
  clzWord: unary,
  addmodWords: ternary,
  mulmodWords: ternary,
  byteLength: signature([i32], i32),
  keccak: payedByFrame,
  balanceOf: payed,
  extCodeSize: payed,
  extCodeHash: payed,
  blockHash: signature([i32]),
  blobHash: signature([i32]),
  callDataLoad: unary,
  callDataCopy: payedByFrame,
  codeCopy: payedByFrame,
  extCodeCopy: payedByFrame,
  copyReturnData: payedByFrame,
  memoryCopy: payedByFrame,
  returnDataLength: signature([], i32),
  expandFrame: payedByFrame,
  readSlot: payedByFrame,
  writeSlot: signature([i32, i32, i32, i64, i64], i64),
  readTransient: unary,
  writeTransient: signature([i32, i32, i32, i64], i64),
  writeLog: signature([i32, i32, i32, i64], i64),
  readsBlock: signature([]),
  readsFee: signature([]),
  callFrom: signature([i32, i32, i32, i32, i32, i64], i32),
  createFrom: signature([i32, i32, i32, i32, i32, i64], i32),
  leaveAt: signature([i32, i32, i32, i32, i64]),
  failed: signature([], i32),
  stop: signature([i32, i64], i32),
  finishWith: signature([i32, i32, i32, i64], i32),
} as const satisfies Readonly<Record<string, Signature>>;

export type CoreFunction = keyof typeof CORE_FUNCTIONS;
export const CORE_FUNCTION_NAMES = Object.keys(CORE_FUNCTIONS) as CoreFunction[];
export const CORE_INDEX = Object.fromEntries(
  CORE_FUNCTION_NAMES.map((name, index) => [name, index]),
) as Readonly<Record<CoreFunction, number>>;
