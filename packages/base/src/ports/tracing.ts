/** W3C Trace Context, level 1. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export type SpanKind = "server" | "client" | "producer" | "consumer" | "internal";

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly facts?: SpanFacts;
  /** Default: the current span. */
  readonly parent?: TraceContext | undefined;
  /** Own context, if it was created before the span. */
  readonly as?: TraceContext;
  /** Default: of the current span, or the trace id. */
  readonly correlationId?: string;
  /** Default: every error. */
  readonly isFailure?: (error: unknown) => boolean;
}

export interface Tracing {
  /** Ends with the result, or its promise. The span is current in all nested calls. Rethrows errors. */
  span<T>(name: string, options: SpanOptions, run: () => T): T;
  current(): TraceContext | undefined;
  /** Keeps the context of a sampled transaction or block. Default: the current span. */
  remember(key: string, context?: TraceContext): void;
  /** Context of the first remembered key. */
  recall(keys: Iterable<string>): TraceContext | undefined;
}

export const silentTracing: Tracing = {
  span: (_name, _options, run) => run(),
  current: () => undefined,
  remember() {},
  recall: () => undefined,
};
