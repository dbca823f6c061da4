import type { Labels, Metrics } from "@trellis/base";

export class CallMeter {
  readonly #calls;
  readonly #seconds;
  readonly #labels = new Map<
    string,
    { readonly ok: Labels; readonly failed: Labels; readonly method: Labels }
  >();

  /** @param methods allowed labels: clients can send any name */
  constructor(metrics: Metrics, methods: Iterable<string>) {
    this.#calls = metrics.counter({
      name: "trellis_rpc_calls_total",
      help: "JSON-RPC calls answered.",
      labels: ["method", "outcome"],
    });
    this.#seconds = metrics.histogram({
      name: "trellis_rpc_call_seconds",
      help: "Time from a call's arguments to its response.",
      labels: ["method"],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    });
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
