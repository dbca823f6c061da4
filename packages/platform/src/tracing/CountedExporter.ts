import type { Counter, Metrics } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";

interface ExportResult {
  /** 0: success. */
  readonly code: number;
}

interface Exporter<Item> {
  export(items: Item[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

export const SEND_MS_MAX = 2_000;
/** Of the processor. Longer, so that the exporter reports first. */
export const EXPORT_MS_MAX = SEND_MS_MAX + 500;
export const WAITING_MAX = 2_048;

/** Drops items while WAITING_MAX of them wait, and batches that the collector does not accept. */
export class CountedExporter<Item> implements Exporter<Item> {
  readonly #exporter: Exporter<Item>;
  readonly #signal: string;
  readonly #dropped: Counter<"signal" | "reason">;
  #waiting = 0;
  #isClosed = false;

  constructor(exporter: Exporter<Item>, signal: "logs" | "spans", metrics: Metrics) {
    this.#exporter = exporter;
    this.#signal = signal;
    this.#dropped = metrics.counter(platformMetrics.trellis_telemetry_dropped_total);
    for (const reason of ["queueFull", "notAccepted"]) this.#drop(0, reason);
  }

  /** Call before the processor receives an item. */
  admit(): boolean {
    if (this.#waiting >= WAITING_MAX) {
      this.#drop(1, "queueFull");
      return false;
    }
    this.#waiting += 1;
    return true;
  }

  export(items: Item[], done: (result: ExportResult) => void): void {
    this.#exporter.export(items, (result) => {
      if (!this.#isClosed) this.#waiting -= items.length;
      if (!this.#isClosed && result.code !== 0) this.#drop(items.length, "notAccepted");
      done(result);
    });
  }

  /** The last export may fail, as others did. */
  async close(provider: { shutdown(): Promise<void> }): Promise<void> {
    await provider.shutdown().catch(() => undefined);
    this.#isClosed = true;
    this.#drop(this.#waiting, "notAccepted");
    this.#waiting = 0;
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #drop(count: number, reason: string): void {
    this.#dropped.add(count, { signal: this.#signal, reason });
  }
}
