import type { TraceContext } from "./traceContext.ts";

export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export type SpanKind = "server" | "client" | "producer" | "consumer" | "internal";

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly facts?: SpanFacts;
  /** Default: the current span. */
  readonly parent?: TraceContext | undefined;
  readonly as?: TraceContext;
  /** Default: every error. */
  readonly isFailure?: (error: unknown) => boolean;
}

export interface Tracing {
  /** The span is current in all nested calls. Rethrows errors. */
  span<T>(name: string, options: SpanOptions, run: (context: TraceContext) => Promise<T> | T): Promise<T>;
  current(): TraceContext | undefined;
  close(): Promise<void>;
}
