export interface NamedCase {
  readonly name: string;
  readonly failure: string | undefined;
}

export function firstDifference(
  expected: Readonly<Record<string, unknown>>,
  got: Readonly<Record<string, unknown>>,
): string | undefined {
  const wrong = Object.keys(expected).find((key) => expected[key] !== got[key]);
  return wrong && `${wrong} is ${String(got[wrong])}, expected ${String(expected[wrong])}`;
}
