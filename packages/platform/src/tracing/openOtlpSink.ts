import type { OtlpOptions } from "./createOtlpSink.ts";
import type { SpanSink } from "./createTracing.ts";

/** Loads OpenTelemetry only when used. */
export async function openOtlpSink(options: OtlpOptions): Promise<SpanSink> {
  const { createOtlpSink } = await import("./createOtlpSink.ts");
  return createOtlpSink(options);
}
