import type { OtlpOptions } from "./createOtlpSink.ts";
import type { SpanSink } from "./createTracing.ts";

/** The sink to a collector. OpenTelemetry is loaded here and nowhere else: only who traces pays for it. */
export async function openOtlpSink(options: OtlpOptions): Promise<SpanSink> {
  const { createOtlpSink } = await import("./createOtlpSink.ts");
  return createOtlpSink(options);
}
