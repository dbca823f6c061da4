import { describe, expect, it } from "vitest";
import { BENCHMARKS, loadBenchmark } from "./runBench.ts";

describe.each(BENCHMARKS)("benchmark %s", async (name) => {
  const benchmark = await loadBenchmark(name);

  it.skipIf(benchmark === undefined)(
    "runs on small inputs and prints figures that JSON can represent",
    async () => {
      const figures = await benchmark!.run({ small: true, log: () => {} });
      expect(JSON.parse(JSON.stringify(figures))).toEqual(figures);
      expect(Object.keys(figures)).not.toEqual([]);
    },
  );
});
