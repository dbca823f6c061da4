import type { Random, TraceContext } from "@trellis/base";
import type { ProcessTracing } from "../tracing/Tracing.ts";
import { childContext, parseTraceparent } from "../tracing/traceContext.ts";

export interface Correlation {
  /** The client's X-Request-Id if valid, otherwise the trace id. */
  readonly correlationId: string;
  readonly trace: TraceContext;
  readonly parent: TraceContext | undefined;
}

const REQUEST_ID = /^[A-Za-z0-9._:-]{8,64}$/;

export function correlate(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  random: Random,
  tracing?: Pick<ProcessTracing, "child">,
): Correlation {
  const { traceparent, "x-request-id": requestId } = headers;
  const parent = typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
  const trace = tracing?.child(parent) ?? childContext(parent, random);
  const isHarmless = typeof requestId === "string" && REQUEST_ID.test(requestId);
  return { correlationId: isHarmless ? requestId : trace.traceId, trace, parent };
}
