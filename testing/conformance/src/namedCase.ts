/** One case of a vector file, and what went wrong, if anything. */
export interface NamedCase {
  readonly name: string;
  readonly failure: string | undefined;
}

/** The first field in which what came differs from what was expected. */
export function firstDifference(
  expected: Readonly<Record<string, unknown>>,
  got: Readonly<Record<string, unknown>>,
): string | undefined {
  const wrong = Object.keys(expected).find((key) => expected[key] !== got[key]);
  return wrong && `${wrong} is ${String(got[wrong])}, expected ${String(expected[wrong])}`;
}
