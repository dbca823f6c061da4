import { isTrellisError, type Tracing } from "@trellis/base";
import { parseTraceparent } from "@trellis/platform/tracing";
import type { TraceCall } from "@trellis/rpc";

/** Only defects and fatal errors mark a span as failed. */
export function traceCalls(tracing: Tracing): TraceCall {
  const isFailure = (error: unknown): boolean => !isTrellisError(error) || error.consequence === "fatal";
  return (method, traceparent, run) => {
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    const facts = { "rpc.system.name": "jsonrpc", "rpc.method": method };
    return tracing.span(method, { kind: "server", facts, parent, isFailure }, run);
  };
}
