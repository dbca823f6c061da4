import { type AnyValue, SeverityNumber } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import type { Metrics } from "@trellis/base";
import { CountedExporter, EXPORT_MS_MAX, SEND_MS_MAX, WAITING_MAX } from "../tracing/CountedExporter.ts";
import { type OtlpOptions, resourceOf } from "../tracing/createOtlpSink.ts";
import type { LogDestination } from "./createLog.ts";

interface OtlpDestination extends LogDestination {
  close(): Promise<void>;
}

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

/** Redacted facts become attributes. Import this module only if OTLP is configured. */
export function createOtlpDestination(options: OtlpOptions, metrics: Metrics): OtlpDestination {
  const exporter = new CountedExporter(
    new OTLPLogExporter({ url: options.url, timeoutMillis: SEND_MS_MAX }),
    "logs",
    metrics,
  );
  const provider = new LoggerProvider({
    resource: resourceFromAttributes(resourceOf(options)),
    processors: [
      new BatchLogRecordProcessor({
        exporter,
        exportTimeoutMillis: EXPORT_MS_MAX,
        maxQueueSize: WAITING_MAX,
      }),
    ],
  });
  const logger = provider.getLogger("trellis");
  return {
    write(line) {
      if (!exporter.admit()) return;
      const { level, time, msg, ...facts } = JSON.parse(line) as WrittenLine;
      logger.emit({
        timestamp: Date.parse(time),
        severityNumber: SEVERITIES[level] ?? SeverityNumber.UNSPECIFIED,
        severityText: level,
        body: msg,
        attributes: facts,
      });
    },
    close: () => exporter.close(provider),
  };
}

interface WrittenLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [fact: string]: AnyValue;
}
