import type { Outcome } from "./Suite.ts";

/** Titles of the tests that fail on the devnet, by reason. */
export type Differences = Readonly<Record<string, readonly string[]>>;

export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly unexpectedFailures: readonly Outcome[];
  /** Titles of known differences that did not fail. */
  readonly unexpectedPasses: readonly string[];
}

/** @param isWhole false if only a part of the suite ran: then a known difference may be missing */
export function judge(outcomes: readonly Outcome[], differences: Differences, isWhole: boolean): Verdict {
  const reasonOf = new Map(
    Object.entries(differences).flatMap(([reason, titles]) =>
      titles.map((title) => [title, reason] as const),
    ),
  );
  const failures = outcomes.filter(({ failure }) => failure !== undefined);
  const failed = new Set(failures.map(({ title }) => title));
  const ran = new Set(outcomes.map(({ title }) => title));
  const reasons: Record<string, number> = {};
  for (const { title } of failures) {
    const reason = reasonOf.get(title);
    if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return {
    passed: outcomes.length - failures.length,
    failed: failures.length,
    reasons,
    unexpectedFailures: failures.filter(({ title }) => !reasonOf.has(title)),
    unexpectedPasses: [...reasonOf.keys()].filter(
      (title) => !failed.has(title) && (isWhole || ran.has(title)),
    ),
  };
}
