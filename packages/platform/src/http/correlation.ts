import type { Random } from "@trellis/base";
import { childContext, parseTraceparent, type TraceContext } from "../tracing/traceContext.ts";

/** How a request is found again in logs and traces. */
export interface Correlation {
  /** X-Request-Id: the client's own if it is harmless, else the trace's identifier. */
  readonly correlationId: string;
  readonly trace: TraceContext;
  /** The client's span, where it told one. */
  readonly parent: TraceContext | undefined;
}

const REQUEST_ID = /^[A-Za-z0-9._:-]{8,64}$/;

/** Goes on with the trace of W3C traceparent, or begins one. */
export function correlate(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  random: Random,
): Correlation {
  const { traceparent, "x-request-id": requestId } = headers;
  const parent = typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
  const trace = childContext(parent, random);
  const isHarmless = typeof requestId === "string" && REQUEST_ID.test(requestId);
  return { correlationId: isHarmless ? requestId : trace.traceId, trace, parent };
}
