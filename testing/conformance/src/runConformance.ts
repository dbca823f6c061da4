import type { ConformanceResult, ConformanceSuite } from "./suite.ts";
import { isSuiteName, loadSuite, SUITES, type SuiteName } from "./suites.ts";
import { vectorsRootOf } from "./vectorsRoot.ts";

export interface ConformanceIo {
  print(line: string): void;
  complain(line: string): void;
}

type LoadSuite = (name: SuiteName) => Promise<ConformanceSuite>;

const PASSED = 0;
const FAILED = 1;
const NOT_UNDERSTOOD = 2;
/** A broken decoder fails thousands of cases in the same way. */
const FAILURES_SHOWN_MAX = 20;

/** SUITE can be `all`. Returns the exit code. */
export async function runConformance(
  argv: readonly string[],
  defaultDirectory: string,
  io: ConformanceIo,
  load: LoadSuite = loadSuite,
): Promise<number> {
  const [name, directory = defaultDirectory, ...extra] = argv;
  const names = name === "all" ? (Object.keys(SUITES) as SuiteName[]) : name === undefined ? [] : [name];
  if (names.length === 0 || !names.every(isSuiteName) || extra.length > 0) {
    io.complain(
      name === undefined || extra.length > 0
        ? "usage: npm run conformance -- SUITE [DIR]"
        : `no suite "${name}"`,
    );
    io.complain(`suites: ${Object.keys(SUITES).join(", ")}, all`);
    return NOT_UNDERSTOOD;
  }

  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of names) {
    const result = await runSuite(suite, directory, load);
    report(suite, result, names.length > 1, io);
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
  }
  io.print(counts(total));
  return total.failed === 0 ? PASSED : FAILED;
}

async function runSuite(name: SuiteName, directory: string, load: LoadSuite): Promise<ConformanceResult> {
  const folders = [SUITES[name]].flat();
  const root = vectorsRootOf(directory, folders);
  if (root === undefined) return failure(`no vectors: ${folders.join(", ")} is not in ${directory}`);
  try {
    const suite = await load(name);
    const result = await suite.run(root);
    if (result.passed + result.failed > 0) return result;
    return failure(`no cases ran in ${root}/${folders.join(", ")} (${result.skipped} skipped)`);
  } catch (error) {
    return failure(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

function failure(line: string): ConformanceResult {
  return { passed: 0, failed: 1, skipped: 0, failures: [line] };
}

function report(name: string, result: ConformanceResult, isOneOfMany: boolean, io: ConformanceIo): void {
  for (const line of result.failures.slice(0, FAILURES_SHOWN_MAX)) io.print(`${name}: ${line}`);
  const hidden = result.failures.length - FAILURES_SHOWN_MAX;
  if (hidden > 0) io.print(`${name}: and ${hidden} more failures`);
  for (const line of result.skips ?? []) io.print(`${name}: skipped: ${line}`);
  if (isOneOfMany) io.print(`${name}: ${counts(result)}`);
}

function counts({ passed, failed, skipped }: Omit<ConformanceResult, "failures">): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
