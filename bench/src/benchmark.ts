export interface BenchmarkOptions {
  /** If true, finishes in seconds. For tests. */
  readonly small: boolean;
  readonly values?: Readonly<Partial<Record<string, string>>>;
  log(line: string): void;
}

export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** Flags and their meanings, in addition to `--json` and `--small`. */
  readonly flags?: Readonly<Record<string, string>>;
  /**
   * Returns figures with units in names (`blocksPerSecond`, `p99Ms`), ratios under `ratio`, the peer's
   * version, and `resultHash`, which is equal if two runs did the same work.
   */
  run(options: BenchmarkOptions): Promise<object>;
}
