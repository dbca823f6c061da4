import type { Clock, Metrics, Tracing } from "@trellis/base";
import type { Block, Header, NetworkParameters } from "@trellis/protocol";
import { bodySize } from "../consensus/rules/bodySize.ts";
import { chainMetrics } from "../metrics.ts";

/** Spans of an import by their stage in metrics. */
const STAGES = {
  "block.verifyInIsolation": "isolation",
  "block.recoverSenders": "senders",
  "block.verifyInContext": "ordering",
  "block.insert": "ordering",
  "block.execute": "execution",
} as const;

type ImportSpan = keyof typeof STAGES;
type ImportStage = (typeof STAGES)[ImportSpan];

interface ImportMeterPorts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly tracing: Tracing;
}

/** Of one import at a time. */
export class ImportMeter {
  readonly #streams: NetworkParameters["streams"];
  readonly #clock: Clock;
  readonly #tracing: Tracing;
  readonly #stageSeconds;
  readonly #commitSeconds;
  readonly #bytes;
  readonly #mined;
  readonly #stageMs = new Map<ImportStage, number>();
  #stage: ImportStage | undefined;
  #sinceMs = 0;

  constructor(
    { streams }: Pick<NetworkParameters, "streams">,
    { metrics, clock, tracing }: ImportMeterPorts,
  ) {
    this.#streams = streams;
    this.#clock = clock;
    this.#tracing = tracing;
    this.#stageSeconds = metrics.histogram(chainMetrics.trellis_block_import_seconds);
    this.#commitSeconds = metrics.histogram(chainMetrics.trellis_block_commit_seconds);
    this.#bytes = metrics.histogram(chainMetrics.trellis_block_size_bytes);
    this.#mined = metrics.counter(chainMetrics.trellis_blocks_mined_total);
    for (const { name } of streams) this.#mined.add(0, { stream: name });
  }

  /** Time until the next span, or the end, counts as of this span's stage. */
  span<T>(name: ImportSpan, run: () => T): T {
    this.#leave();
    this.#stage = STAGES[name];
    return this.#tracing.span(name, {}, run);
  }

  /** Adds up the stages of the blocks of an import. */
  end(): void {
    this.#leave();
    for (const [stage, ms] of this.#stageMs) this.#stageSeconds.observe(ms / 1_000, { stage });
    this.#stageMs.clear();
  }

  committed(blocks: readonly Pick<Block, "body">[], tookMs: number): void {
    this.#commitSeconds.observe(tookMs / 1_000);
    for (const { body } of blocks) this.#bytes.observe(bodySize(body));
  }

  mined({ stream }: Pick<Header, "stream">): void {
    this.#mined.add(1, { stream: this.#streams[stream]!.name });
  }

  #leave(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#stage !== undefined) {
      const ms = (this.#stageMs.get(this.#stage) ?? 0) + Math.max(0, nowMs - this.#sinceMs);
      this.#stageMs.set(this.#stage, ms);
    }
    this.#stage = undefined;
    this.#sinceMs = nowMs;
  }
}
