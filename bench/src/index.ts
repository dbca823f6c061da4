export type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
