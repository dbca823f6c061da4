/** What a run over one set of vectors gave. `passed + failed + skipped` is the number of cases found. */
export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line a failure: which case, what was expected, what came. */
  readonly failures: readonly string[];
  /** One line a skipped case: which, and why. */
  readonly skips?: readonly string[];
}

/** One set of vectors that others published, and how this project's code answers them. */
export interface ConformanceSuite {
  /** As on the command line: `ghostdag-headers`. */
  readonly name: string;
  /** `vectorsDir` holds the folders `ethereum`, `ghostdag`, …; a missing one is an error. */
  run(vectorsDir: string): Promise<ConformanceResult>;
}
