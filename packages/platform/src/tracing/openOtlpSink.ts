import type { Metrics } from "@trellis/base";
import type { OtlpOptions } from "./createOtlpSink.ts";
import type { SpanSink } from "./createTracing.ts";

export async function openOtlpSink(options: OtlpOptions, metrics: Metrics): Promise<SpanSink> {
  const { createOtlpSink } = await import("./createOtlpSink.ts");
  return createOtlpSink(options, metrics);
}
