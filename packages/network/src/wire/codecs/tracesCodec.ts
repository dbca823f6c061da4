import { bytesToHex, hexToBytes } from "@trellis/base";
import type { RlpReader } from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { wireErrors } from "../errors.ts";
import { readItems } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS } from "../limits.ts";
import type { Trace, Traces } from "../messages.ts";

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** [NET-27] */
export const tracesCodec: Codec<Traces> = createCodec("traces", BYTE_LIMITS.traces, {
  write: ({ traces }) => [
    traces.map(({ hash, traceId, spanId }) => [hash, hexToBytes(`0x${traceId}`), hexToBytes(`0x${spanId}`)]),
  ],
  read: (fields) => ({ traces: readItems(fields, "traces", COUNT_LIMITS.traces, readTrace) }),
});

function readTrace(list: RlpReader): Trace {
  const fields = list.readList("trace");
  const hash = fields.readHash("hash");
  const traceId = readId(fields, "traceId", TRACE_ID_BYTES);
  const spanId = readId(fields, "spanId", SPAN_ID_BYTES);
  fields.finish("trace");
  return { hash, traceId, spanId };
}

function readId(fields: RlpReader, field: string, byteCount: number): string {
  const bytes = fields.readBytes(field, byteCount);
  if (bytes.length !== byteCount || bytes.every((byte) => byte === 0))
    throw wireErrors.MESSAGE_MALFORMED({ field, reason: "not a trace context", got: bytes.length });
  return bytesToHex(bytes).slice(2);
}
