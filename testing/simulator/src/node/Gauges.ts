import { type Labels, type Metrics, silentMetrics } from "@trellis/base";

export class Gauges implements Metrics {
  readonly #values = new Map<string, number>();
  readonly counter = silentMetrics.counter;
  readonly histogram = silentMetrics.histogram;

  gauge({ name }: { readonly name: string }) {
    return {
      set: (value: number, labels: Labels = {}) => {
        this.#values.set([name, ...Object.values(labels)].join(" "), value);
      },
    };
  }

  values(): ReadonlyMap<string, number> {
    return this.#values;
  }
}
