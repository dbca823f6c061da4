/** `passed + failed + skipped` is the number of cases. */
export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line each: case, expected and got. */
  readonly failures: readonly string[];
  readonly skips?: readonly string[];
}

export interface ConformanceSuite {
  /** Like `ghostdag-headers`. */
  readonly name: string;
  /** Fails if a folder of `vectorsDir` (`ethereum`, `ghostdag`, …) is missing. */
  run(vectorsDir: string): Promise<ConformanceResult>;
}
