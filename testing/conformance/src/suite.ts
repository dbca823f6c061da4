/** `passed + failed + skipped` is the number of cases. */
export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line per failure: case, expected and got. */
  readonly failures: readonly string[];
  /** One line per skip, with the reason. */
  readonly skips?: readonly string[];
}

/** Published vectors and a runner. */
export interface ConformanceSuite {
  /** Command-line name: `ghostdag-headers`. */
  readonly name: string;
  /** Fails if a folder of `vectorsDir` (`ethereum`, `ghostdag`, …) is missing. */
  run(vectorsDir: string): Promise<ConformanceResult>;
}
