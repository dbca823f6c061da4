export interface BenchmarkOptions {
  /** If true, finishes in seconds, for tests. */
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
   * Figures have units in names (`blocksPerSecond`, `p99Ms`) and ratios under `ratio`. `resultHash` is equal
   * if two runs did the same work.
   */
  run(options: BenchmarkOptions): Promise<object>;
}
