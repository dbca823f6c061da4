import { bytesToBigint, hexToBytes, isHex } from "@trellis/base";

/** Solidity's panic codes in geth's words. */
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, "generic panic"],
  [0x01n, "assert(false)"],
  [0x11n, "arithmetic underflow or overflow"],
  [0x12n, "division or modulo by zero"],
  [0x21n, "enum overflow"],
  [0x22n, "invalid encoded storage byte array accessed"],
  [0x31n, "out-of-bounds array access; popping on an empty array"],
  [0x32n, "out-of-bounds access of an array or bytesN"],
  [0x41n, "out of memory"],
  [0x51n, "uninitialized function"],
]);

/** Selectors of the two errors that Solidity itself raises. */
const ERROR_SELECTOR = "0x08c379a0";
const PANIC_SELECTOR = "0x4e487b71";
const SELECTOR_LENGTH = 10;
const WORD = 32;

/** "execution reverted", with the reason if the data gives one. */
export function revertMessage(data: string): string {
  const reason = revertReason(data);
  return reason === undefined ? "execution reverted" : `execution reverted: ${reason}`;
}

/** The text of Error(string), or the meaning of Panic(uint256); undefined for other data. */
export function revertReason(data: string): string | undefined {
  if (!isHex(data)) return undefined;
  const selector = data.slice(0, SELECTOR_LENGTH);
  const argument = hexToBytes(`0x${data.slice(SELECTOR_LENGTH)}`);
  if (selector === ERROR_SELECTOR) return abiString(argument);
  if (selector !== PANIC_SELECTOR || argument.length < WORD) return undefined;
  const panic = bytesToBigint(argument.subarray(0, WORD));
  return PANICS.get(panic) ?? `unknown panic code: 0x${panic.toString(16)}`;
}

/** The only argument, a string: offset, length, bytes. */
function abiString(argument: Uint8Array): string | undefined {
  const offset = wordAt(argument, 0);
  const length = offset === undefined ? undefined : wordAt(argument, offset);
  if (offset === undefined || length === undefined) return undefined;
  const start = offset + WORD;
  if (length > argument.length - start) return undefined;
  return Buffer.from(argument.subarray(start, start + length)).toString("utf8");
}

/** A word as a number; undefined if it is not within the bytes or could not lie within them. */
function wordAt(bytes: Uint8Array, offset: number): number | undefined {
  if (offset + WORD > bytes.length) return undefined;
  const word = bytesToBigint(bytes.subarray(offset, offset + WORD));
  return word > BigInt(bytes.length) ? undefined : Number(word);
}
