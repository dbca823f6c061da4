import { bytesToBigint, bytesToHex } from "@trellis/base";

const ERROR_SELECTOR = "0x08c379a0";
const PANIC_SELECTOR = "0x4e487b71";
const WORD = 32;

/** geth's texts for panic codes. */
const PANICS: Readonly<Record<number, string>> = {
  0: "generic panic",
  1: "assert(false)",
  17: "arithmetic underflow or overflow",
  18: "division or modulo by zero",
  33: "enum overflow",
  34: "invalid encoded storage byte array accessed",
  49: "out-of-bounds array access; popping on an empty array",
  50: "out-of-bounds access of an array or bytesN",
  65: "out of memory",
  81: "uninitialized function",
};

/** Decodes Solidity's Error(string) and Panic(uint256). */
export function revertReason(data: Uint8Array): string | undefined {
  const selector = bytesToHex(data.subarray(0, 4));
  const body = data.subarray(4);
  if (selector === ERROR_SELECTOR) return errorText(body);
  if (selector === PANIC_SELECTOR && body.length >= WORD) return panicText(body.subarray(0, WORD));
  return undefined;
}

function errorText(body: Uint8Array): string | undefined {
  const offset = wordAt(body, 0n);
  if (offset === undefined) return undefined;
  const size = wordAt(body, offset);
  if (size === undefined || offset + 32n + size > body.length) return undefined;
  const start = Number(offset) + WORD;
  return new TextDecoder().decode(body.subarray(start, start + Number(size)));
}

function panicText(word: Uint8Array): string {
  const code = bytesToBigint(word);
  return PANICS[Number(code)] ?? `unknown panic code: 0x${code.toString(16)}`;
}

function wordAt(body: Uint8Array, offset: bigint): bigint | undefined {
  if (offset + 32n > body.length) return undefined;
  return bytesToBigint(body.subarray(Number(offset), Number(offset) + WORD));
}
