export interface BenchmarkOptions {
  readonly small: boolean;
  readonly values?: Readonly<Partial<Record<string, string>>>;
  log(line: string): void;
}

export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  /** Flags in addition to `--json` and `--small`. */
  readonly flags?: Readonly<Record<string, string>>;
  /**
   * Names of figures have units (`blocksPerSecond`), and ratios are under `ratio`. Runs that did the same
   * work have equal `resultHash`.
   */
  run(options: BenchmarkOptions): Promise<object>;
}
