import type { LogFacts, TraceContext, Tracing } from "@trellis/base";

export interface ProcessTracing extends Tracing {
  /** Samples a new trace; a child has its parent's decision. */
  child(parent: TraceContext | undefined): TraceContext;
  /** Trace and correlation ids of the current span, for log lines. */
  facts(): LogFacts;
  close(): Promise<void>;
}
