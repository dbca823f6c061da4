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
import { isTrellisError, type Metrics, type SpanKind, type TraceContext } from "@trellis/base";
import { CountedExporter, EXPORT_MS_MAX, SEND_MS_MAX, WAITING_MAX } from "./CountedExporter.ts";
import type { SpanSink } from "./createTracing.ts";

export interface OtlpOptions {
  readonly url: string;
  readonly service: string;
  readonly version: string;
  /** Distinguishes the processes of a service. */
  readonly instance?: string;
}

const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
  internal: OtelKind.INTERNAL,
};

/** Import this module only if OTLP is configured. */
export function createOtlpSink(options: OtlpOptions, metrics: Metrics): SpanSink {
  const exporter = new CountedExporter(
    new OTLPTraceExporter({ url: options.url, timeoutMillis: SEND_MS_MAX }),
    "spans",
    metrics,
  );
  let next: TraceContext | undefined;
  const provider = new TracerProvider({
    resource: resourceFromAttributes(resourceOf(options)),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_MS_MAX, maxQueueSize: WAITING_MAX }),
    ],
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
        if (exporter.admit()) span.end();
      };
    },
    close: () => exporter.close(provider),
  };
}

export function resourceOf({ service, version, instance }: OtlpOptions): Record<string, string> {
  return {
    "service.name": service,
    "service.version": version,
    ...(instance !== undefined && { "service.instance.id": instance }),
  };
}

function remote({ traceId, spanId }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
