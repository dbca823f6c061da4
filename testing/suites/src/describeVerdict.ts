import type { Verdict } from "./judge.ts";

export function describeVerdict(name: string, network: string, verdict: Verdict): string[] {
  const { passed, failed, reasons, unexpectedFailures, unexpectedPasses } = verdict;
  const share = ((100 * passed) / Math.max(1, passed + failed)).toFixed(2);
  return [
    `${name} on ${network}: ${passed} passed, ${failed} failed (${share} % passed)`,
    ...Object.entries(reasons).map(([reason, count]) => `  ${count} × ${reason}`),
    ...unexpectedFailures.map(({ title, failure }) => `  failed: ${title}\n    ${failure}`),
    ...unexpectedPasses.map((title) => `  a known difference that did not fail: ${title}`),
  ];
}
