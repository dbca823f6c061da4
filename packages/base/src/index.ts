export { ByteReader } from "./bytes/ByteReader.ts";
export {
  bigintToBytes,
  bigintToMinimalBytes,
  bytesEqual,
  bytesToBigint,
  compareBytes,
  concatBytes,
  putBigint,
} from "./bytes/bytes.ts";
export { bytesToHex, bytesToKey, type Hex, hexToBytes, isHex, putHex, quantityToHex } from "./bytes/hex.ts";
export { LruMap } from "./collections/LruMap.ts";
export { SerialQueue } from "./collections/SerialQueue.ts";
export { baseErrors } from "./errors.ts";
export { type Log, type LogFacts, silentLog } from "./ports/log.ts";
export {
  type Counter,
  defineMetrics,
  type Gauge,
  type Histogram,
  type Labels,
  type LabelValues,
  type Metric,
  type MetricEntry,
  type Metrics,
  type MetricType,
  silentMetrics,
} from "./ports/metrics.ts";
export type { Pace } from "./ports/pace.ts";
export { type Random, systemRandom } from "./ports/random.ts";
export type { Clock, Scheduler, Timer } from "./ports/time.ts";
export {
  type SpanFacts,
  type SpanKind,
  type SpanOptions,
  silentTracing,
  type TraceContext,
  type Tracing,
} from "./ports/tracing.ts";
export { runPaced, runSteps, type Steps } from "./steps.ts";
export {
  type Consequence,
  type DeclaredFacts,
  defineErrors,
  type ErrorEntry,
  errorWithin,
  type Fact,
  type Facts,
  isTrellisError,
  TrellisError,
} from "./TrellisError.ts";
