import { bytesToHex, concatBytes, hexToBytes, type TraceContext } from "@trellis/base";
import { wireErrors } from "./errors.ts";

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
export const TRACE_BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES;

type Trace = Pick<TraceContext, "traceId" | "spanId">;

/** `/trellis/<chain id>/<name>/<version>` becomes `…/<name>-traced/<version>`. [NET-28] */
export function tracedIdOf(protocol: string): string {
  return protocol.replace(/\/(\d+)$/, "-traced/$1");
}

export function encodeTraced({ traceId, spanId }: Trace, request: Uint8Array): Uint8Array {
  return concatBytes(hexToBytes(`0x${traceId}`), hexToBytes(`0x${spanId}`), request);
}

/** @throws MESSAGE_MALFORMED */
export function decodeTraced(message: Uint8Array): {
  readonly trace: TraceContext;
  readonly request: Uint8Array;
} {
  const traceId = message.subarray(0, TRACE_ID_BYTES);
  const spanId = message.subarray(TRACE_ID_BYTES, TRACE_BYTES);
  const isEmpty = [traceId, spanId].some((id) => id.every((byte) => byte === 0));
  if (message.length < TRACE_BYTES || isEmpty)
    throw wireErrors.MESSAGE_MALFORMED({
      field: "trace",
      reason: "not a trace context",
      got: message.length,
    });
  const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2);
  const trace = { traceId: hex(traceId), spanId: hex(spanId), isSampled: true };
  return { trace, request: message.subarray(TRACE_BYTES) };
}
