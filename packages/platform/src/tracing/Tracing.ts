import type { TraceContext } from "./traceContext.ts";

export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export type SpanKind = "server" | "client" | "producer" | "consumer" | "internal";

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly facts?: SpanFacts;
  /** Where it continues: what came with a message. The span around the caller unless given. */
  readonly parent?: TraceContext | undefined;
  /** The span's own identifiers, where they were told to others before it began. */
  readonly as?: TraceContext;
  /** Whether what was thrown is the span's failure, or its answer; a failure unless told. */
  readonly isFailure?: (error: unknown) => boolean;
}

/** What one process did for a request, and how long it took; sent to a collector where one is configured. */
export interface Tracing {
  /**
   * Runs within a span. Everything that it calls and awaits sees the span as current; an error is recorded and
   * thrown on.
   */
  span<T>(name: string, options: SpanOptions, run: (context: TraceContext) => Promise<T> | T): Promise<T>;
  /** The span around the caller, to be carried with messages as traceparent. */
  current(): TraceContext | undefined;
  /** Sends what is left. */
  close(): Promise<void>;
}
