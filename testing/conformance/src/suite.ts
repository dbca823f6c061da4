/** `passed + failed + skipped` is the number of cases. */
export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly skips?: readonly string[];
}

export interface ConformanceSuite {
  readonly name: string;
  /** Fails if a folder (`ethereum`, `ghostdag`, …) is missing. */
  run(vectorsDir: string): Promise<ConformanceResult>;
}
