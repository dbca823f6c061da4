/** `passed + failed + skipped` is the number of cases. */
export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line per failed case: name, expected and actual result. */
  readonly failures: readonly string[];
  readonly skips?: readonly string[];
}

export interface ConformanceSuite {
  /** Example: `ghostdag-headers`. */
  readonly name: string;
  /** Fails if a folder of `vectorsDir` (`ethereum`, `ghostdag`, …) is missing. */
  run(vectorsDir: string): Promise<ConformanceResult>;
}
