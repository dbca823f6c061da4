export interface BenchmarkOptions {
  /** Small inputs that finish in seconds: what the tests run, so that no benchmark rots. */
  readonly small: boolean;
  /** Values of the benchmark's own flags, as they were given. */
  readonly values?: Readonly<Partial<Record<string, string>>>;
  /** Progress and the table for people. */
  log(line: string): void;
}

/** One measurement, side by side with a peer in one run where there is one. */
export interface Benchmark {
  /** As on the command line: `dag`. */
  readonly name: string;
  /** One sentence for the list of benchmarks. */
  readonly summary: string;
  /** Flags that take a value, beside `--json` and `--small`: name and meaning. */
  readonly flags?: Readonly<Record<string, string>>;
  /**
   * Resolves to the figures: printable as JSON, with units at the end of the names (`blocksPerSecond`,
   * `p99Ms`), ratios under `ratio`, the peer's version, and `resultHash` over what was computed, so that
   * two runs can be seen to have done the same work.
   */
  run(options: BenchmarkOptions): Promise<object>;
}
