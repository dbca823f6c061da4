import { firstLine } from "./firstLine.ts";
import type { Outcome } from "./Suite.ts";

interface ForgeTest {
  readonly status: "Success" | "Failure" | "Skipped";
  readonly reason: string | null;
}

/** By `file:Contract`; tests by signature. */
type ForgeResult = Readonly<Record<string, { readonly test_results: Readonly<Record<string, ForgeTest>> }>>;

/** @param result of `forge test --json`; a failed setUp counts as a failed test */
export function forgeOutcomes(result: string): Outcome[] {
  const contracts = Object.entries(JSON.parse(result) as ForgeResult);
  return contracts.flatMap(([path, { test_results: tests }]) =>
    Object.entries(tests).flatMap(([signature, { status, reason }]): Outcome[] => {
      const title = `${path.split(":").at(-1)} ${signature}`;
      if (status === "Skipped") return [];
      return [status === "Success" ? { title } : { title, failure: firstLine(reason ?? "") }];
    }),
  );
}
