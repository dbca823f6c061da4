import type { Labels, Metrics } from "@trellis/base";
import { rpcMetrics } from "../metrics.ts";

interface MethodLabels {
  readonly ok: Labels<"method" | "outcome">;
  readonly failed: Labels<"method" | "outcome">;
  readonly method: Labels<"method">;
}

export class CallMeter {
  readonly #calls;
  readonly #seconds;
  readonly #labels = new Map<string, MethodLabels>();

  /** @param methods allowed labels: clients can send any name */
  constructor(metrics: Metrics, methods: Iterable<string>) {
    this.#calls = metrics.counter(rpcMetrics.trellis_rpc_calls_total);
    this.#seconds = metrics.histogram(rpcMetrics.trellis_rpc_call_seconds);
    for (const method of methods) {
      this.#labels.set(method, {
        ok: { method, outcome: "ok" },
        failed: { method, outcome: "error" },
        method: { method },
      });
    }
  }

  called(method: string, durationMs: number, isOk: boolean): void {
    const labels = this.#labels.get(method);
    if (labels === undefined) return;
    this.#calls.add(1, isOk ? labels.ok : labels.failed);
    this.#seconds.observe(durationMs / 1000, labels.method);
  }

  unknown(): void {
    this.#calls.add(1, { method: "unknown", outcome: "error" });
  }
}
