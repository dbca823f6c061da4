/** `passed + failed + skipped` is the number of cases. */
export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line each: case, expected and got. */
  readonly failures: readonly string[];
  /** One line each, with the reason. */
  readonly skips?: readonly string[];
}

export interface ConformanceSuite {
  /** On the command line, like `ghostdag-headers`. */
  readonly name: string;
  /** Fails if a folder of `vectorsDir` (`ethereum`, `ghostdag`, …) is missing. */
  run(vectorsDir: string): Promise<ConformanceResult>;
}
