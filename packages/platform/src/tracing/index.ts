export type { OtlpOptions } from "./createOtlpSink.ts";
export { createTracing, type EndSpan, type SpanSink } from "./createTracing.ts";
export { openOtlpSink } from "./openOtlpSink.ts";
export type { ProcessTracing } from "./Tracing.ts";
export { childContext, formatTraceparent, parseTraceparent } from "./traceContext.ts";
export { traceOutgoing } from "./traceOutgoing.ts";
