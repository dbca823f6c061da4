import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const EXPONENT = 0x45;
const BACKSLASH = 0x5c;
const ARRAY_OPEN = 0x5b;
const ARRAY_CLOSE = 0x5d;
const SMALL_EXPONENT = 0x65;
const OBJECT_OPEN = 0x7b;
const OBJECT_CLOSE = 0x7d;

/** For shorter strings a loop is faster than a native search (measured). */
const SHORT_STRING = 48;

type JsonLimits = Pick<
  RpcLimits,
  "jsonDepthMax" | "jsonValuesMax" | "jsonNumberLengthMax" | "batchLengthMax"
>;

/** Does not validate JSON. [RPC-16] */
export function scanJson(
  bytes: Buffer,
  { jsonDepthMax, jsonValuesMax, jsonNumberLengthMax, batchLengthMax }: JsonLimits,
): void {
  const length = bytes.length;
  let depth = 0;
  let isBatch = false;
  let entries = 1;
  let values = 1;
  for (let at = 0; at < length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = closingQuote(bytes, at + 1);
        break;
      case ARRAY_OPEN:
        if (depth === 0) isBatch = true;
        depth++;
        values++;
        break;
      case OBJECT_OPEN:
        depth++;
        values++;
        break;
      case ARRAY_CLOSE:
      case OBJECT_CLOSE:
        depth--;
        break;
      case COMMA:
        if (depth === 1 && isBatch) entries++;
        values++;
        break;
      default:
        if (isDigit(bytes[at])) at = lastOfNumber(bytes, at, jsonNumberLengthMax);
    }
    if (depth > jsonDepthMax) throw rpcErrors.RPC_JSON_INVALID({ reason: "exceeded max depth" });
    if (entries > batchLengthMax) throw rpcErrors.RPC_REQUEST_INVALID({ reason: "batch too large" });
    if (values > jsonValuesMax)
      throw rpcErrors.RPC_REQUEST_INVALID({ reason: "too many values in the message" });
  }
}

/** Converting a number takes superlinear time. */
function lastOfNumber(bytes: Buffer, start: number, jsonNumberLengthMax: number): number {
  let at = start + 1;
  while (isOfNumber(bytes[at])) {
    if (at - start >= jsonNumberLengthMax) throw rpcErrors.RPC_JSON_INVALID({ reason: "number too long" });
    at++;
  }
  return at - 1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isOfNumber(byte: number | undefined): boolean {
  if (isDigit(byte)) return true;
  return byte === POINT || byte === PLUS || byte === MINUS || byte === EXPONENT || byte === SMALL_EXPONENT;
}

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

function isEscaped(bytes: Buffer, at: number, start: number): boolean {
  let backslashes = 0;
  while (at - backslashes > start && bytes[at - backslashes - 1] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
