import { type AnyValue, SeverityNumber } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import type { OtlpOptions } from "../tracing/createOtlpSink.ts";
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
const SEND_MS_MAX = 2_000;
/** Further lines are dropped. */
const WAITING_MAX = 2_048;

/** Redacted facts become attributes. Import this module only if OTLP is configured. */
export function createOtlpDestination({ url, service, version }: OtlpOptions): OtlpDestination {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": service, "service.version": version }),
    processors: [
      new BatchLogRecordProcessor({
        exporter: new OTLPLogExporter({ url, timeoutMillis: SEND_MS_MAX }),
        exportTimeoutMillis: SEND_MS_MAX,
        maxQueueSize: WAITING_MAX,
      }),
    ],
  });
  const logger = provider.getLogger("trellis");
  return {
    write(line) {
      const { level, time, msg, ...facts } = JSON.parse(line) as WrittenLine;
      logger.emit({
        timestamp: Date.parse(time),
        severityNumber: SEVERITIES[level] ?? SeverityNumber.UNSPECIFIED,
        severityText: level,
        body: msg,
        attributes: facts,
      });
    },
    close: () => provider.shutdown(),
  };
}

interface WrittenLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [fact: string]: AnyValue;
}
