import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suiteFolder } from "./jsonFiles.ts";
import type { ConformanceResult } from "./suite.ts";

export interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
}

export interface WycheproofGroup<Test extends WycheproofTest> {
  readonly tests: readonly Test[];
}

export type Verdict = "passed" | "skipped" | { readonly failure: string };

export async function runWycheproof<Test extends WycheproofTest, Group extends WycheproofGroup<Test>>(
  vectorsDir: string,
  file: string,
  judge: (test: Test, group: Group) => Verdict,
): Promise<ConformanceResult> {
  const path = join(suiteFolder(vectorsDir, "wycheproof"), file);
  const { testGroups }: { testGroups: readonly Group[] } = JSON.parse(await readFile(path, "utf8"));
  const failures: string[] = [];
  let passed = 0;
  let skipped = 0;
  for (const group of testGroups) {
    for (const test of group.tests) {
      const verdict = judge(test, group);
      if (verdict === "passed") passed++;
      else if (verdict === "skipped") skipped++;
      else failures.push(`${file} ${test.tcId} (${test.comment}): ${verdict.failure}`);
    }
  }
  return { passed, failed: failures.length, skipped, failures };
}

/** `acceptable` allows acceptance and rejection. */
export function judgeValidity(test: WycheproofTest, isAccepted: boolean): Verdict {
  if (test.result === "acceptable" || isAccepted === (test.result === "valid")) return "passed";
  return { failure: isAccepted ? `accepted what is ${test.result}` : `refused what is ${test.result}` };
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}
