import type { Reporter, TestModule } from "vitest/node";

/**
 * Tests that passed at their second try only, listed at the end of a run: a test of processes and networks may lose
 * a race on a busy machine, and one that is listed again and again has a defect, or tests one.
 */
export default class RetriedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap((module) =>
      [...module.children.allTests()]
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => {
          const [error] = test.result().errors ?? [];
          return `  ${module.relativeModuleId} > ${test.fullName}\n    ${error?.message ?? "it failed"}`;
        }),
    );
    if (lines.length > 0)
      console.log(`\nPassed only when tried again: ${lines.length}\n${lines.join("\n")}\n`);
  }
}
