export type { OtlpOptions } from "./createOtlpSink.ts";
export { createTracing, type EndSpan, type SpanSink } from "./createTracing.ts";
export { openOtlpSink } from "./openOtlpSink.ts";
export type { SpanFacts, SpanKind, SpanOptions, Tracing } from "./Tracing.ts";
export { childContext, formatTraceparent, parseTraceparent, type TraceContext } from "./traceContext.ts";
