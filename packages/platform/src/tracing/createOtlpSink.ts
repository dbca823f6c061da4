import {
  SpanKind as OtelKind,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { isTrellisError } from "@trellis/base";
import type { SpanSink } from "./createTracing.ts";
import type { SpanKind } from "./Tracing.ts";
import type { TraceContext } from "./traceContext.ts";

export interface OtlpOptions {
  readonly url: string;
  readonly service: string;
  readonly version: string;
}

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
  internal: OtelKind.INTERNAL,
};

/** Import this module only if OTLP is configured. */
export function createOtlpSink({ url, service, version }: OtlpOptions): SpanSink {
  let next: TraceContext | undefined;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": service, "service.version": version }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
    idGenerator: {
      generateTraceId: () => next?.traceId ?? "",
      generateSpanId: () => next?.spanId ?? "",
    },
  });
  const tracer = provider.getTracer("trellis");
  return {
    begin(name, { kind = "internal", facts = {} }, context, parent) {
      next = context;
      const around = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote(parent));
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...facts } }, around);
      return (error) => {
        if (error !== undefined) {
          const code = isTrellisError(error) ? error.code : "INTERNAL";
          span.setStatus({ code: SpanStatusCode.ERROR, message: code });
          span.setAttribute("error.type", code);
        }
        span.end();
      };
    },
    close: () => provider.shutdown(),
  };
}

function remote({ traceId, spanId }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
