import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const ARRAY_OPEN = 0x5b;
const ARRAY_CLOSE = 0x5d;
const OBJECT_OPEN = 0x7b;
const OBJECT_CLOSE = 0x7d;

/** Strings up to here are searched by a loop, which costs less than a native call. Measured on keys and addresses. */
const SHORT_STRING = 48;

/**
 * [RPC-16] Bounds a message before it is parsed: how deep it nests, and how many entries a batch has. Whether it is JSON is for
 * the parser to say; on what is not JSON this only counts brackets and commas outside of strings.
 * @throws RPC_JSON_TOO_DEEP, RPC_BATCH_TOO_LONG
 */
export function scanJson(
  bytes: Buffer,
  { jsonDepthMax, batchLengthMax }: Pick<RpcLimits, "jsonDepthMax" | "batchLengthMax">,
): void {
  const length = bytes.length;
  let depth = 0;
  let isBatch = false;
  let entries = 1;
  for (let at = 0; at < length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = closingQuote(bytes, at + 1);
        break;
      case ARRAY_OPEN:
        if (depth === 0) isBatch = true;
        depth++;
        break;
      case OBJECT_OPEN:
        depth++;
        break;
      case ARRAY_CLOSE:
      case OBJECT_CLOSE:
        depth--;
        break;
      case COMMA:
        if (depth === 1 && isBatch) entries++;
        break;
    }
    if (depth > jsonDepthMax) throw rpcErrors.RPC_JSON_TOO_DEEP({ jsonDepthMax });
    if (entries > batchLengthMax) throw rpcErrors.RPC_BATCH_TOO_LONG({ batchLengthMax });
  }
}

/** The index of the quote that ends the string whose first character is at `start`; the message's end without one. */
function closingQuote(bytes: Buffer, start: number): number {
  const loopEnd = Math.min(start + SHORT_STRING, bytes.length);
  let at = start;
  for (; at < loopEnd; at++) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH) at++;
  }
  for (;;) {
    at = bytes.indexOf(QUOTE, at);
    if (at < 0) return bytes.length;
    if (!isEscaped(bytes, at, start)) return at;
    at++;
  }
}

/** An odd number of backslashes stands before it. */
function isEscaped(bytes: Buffer, at: number, start: number): boolean {
  let backslashes = 0;
  while (at - backslashes > start && bytes[at - backslashes - 1] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
