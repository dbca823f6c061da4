import { firstLine } from "./firstLine.ts";
import type { Outcome } from "./Suite.ts";

interface MochaTest {
  readonly fullTitle: string;
  readonly err: { readonly message?: string };
}

interface MochaResult {
  readonly passes: readonly MochaTest[];
  readonly failures: readonly MochaTest[];
}

/** @param result of mocha's reporter `json`; a failed hook counts as a failed test */
export function mochaOutcomes(result: string): Outcome[] {
  const { passes, failures } = JSON.parse(result) as MochaResult;
  const failed = failures.map(({ fullTitle, err }) => ({
    title: fullTitle,
    failure: firstLine(err.message ?? ""),
  }));
  return [...passes.map(({ fullTitle }) => ({ title: fullTitle })), ...failed];
}
