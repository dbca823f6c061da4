import { type AnyValue, SeverityNumber } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import type { OtlpOptions } from "../tracing/createOtlpSink.ts";
import type { LogDestination } from "./createLog.ts";

interface OtlpDestination extends LogDestination {
  /** Sends what is left, and waits no longer than for one attempt. */
  close(): Promise<void>;
}

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};
/** A collector that is slow must not hold up a stop. */
const SEND_MS_MAX = 2_000;
/** More that wait are dropped: a collector that is gone must not fill the memory. */
const WAITING_MAX = 2_048;

/**
 * Sends lines to an OpenTelemetry collector (OTLP over HTTP, JSON) in batches, as they were written: facts are
 * attributes, and what is redacted stays so. Load it only where a collector is named.
 */
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

/** As createLog writes it. */
interface WrittenLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [fact: string]: AnyValue;
}
