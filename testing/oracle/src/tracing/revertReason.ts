import { bytesToHex } from "@trellis/base";
import { type DecodeErrorResultReturnType, decodeErrorResult, parseAbi } from "viem";

const STANDARD_ERRORS = parseAbi(["error Error(string text)", "error Panic(uint256 code)"]);

/** geth's texts for Solidity's panic codes (accounts/abi). */
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

export function revertReason(data: Uint8Array): string | undefined {
  const error = decoded(data);
  if (error === undefined) return undefined;
  if (error.errorName === "Error") return error.args[0];
  const [code] = error.args;
  return PANICS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`;
}

function decoded(data: Uint8Array): DecodeErrorResultReturnType<typeof STANDARD_ERRORS> | undefined {
  try {
    return decodeErrorResult({ abi: STANDARD_ERRORS, data: bytesToHex(data) });
  } catch {
    return undefined;
  }
}
