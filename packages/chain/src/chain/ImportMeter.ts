import type { Clock, Metrics } from "@trellis/base";
import type { Block, Header, NetworkParameters } from "@trellis/protocol";
import { bodySize } from "../consensus/rules/bodySize.ts";
import { chainMetrics } from "../metrics.ts";

export type ImportStage = "isolation" | "senders" | "ordering" | "execution";

interface ImportMeterPorts {
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Of one import at a time. */
export class ImportMeter {
  readonly #streams: NetworkParameters["streams"];
  readonly #clock: Clock;
  readonly #stageSeconds;
  readonly #commitSeconds;
  readonly #bytes;
  readonly #mined;
  readonly #stageMs = new Map<ImportStage, number>();
  #stage: ImportStage | undefined;
  #sinceMs = 0;

  constructor({ streams }: Pick<NetworkParameters, "streams">, { metrics, clock }: ImportMeterPorts) {
    this.#streams = streams;
    this.#clock = clock;
    this.#stageSeconds = metrics.histogram(chainMetrics.trellis_block_import_seconds);
    this.#commitSeconds = metrics.histogram(chainMetrics.trellis_block_commit_seconds);
    this.#bytes = metrics.histogram(chainMetrics.trellis_block_size_bytes);
    this.#mined = metrics.counter(chainMetrics.trellis_blocks_mined_total);
    for (const { name } of streams) this.#mined.add(0, { stream: name });
  }

  enter(stage: ImportStage): void {
    this.#leave();
    this.#stage = stage;
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
