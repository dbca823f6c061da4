import { readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Devnet, startDevnet } from "@trellis/e2e";
import { type Differences, judge, type Verdict } from "./judge.ts";
import { runNode } from "./runNode.ts";
import type { Outcome, Suite } from "./Suite.ts";

/** Hardhat's node has as many accounts. */
const DEVNET_ARGS = ["--accounts", "20"];

export interface SuiteOptions {
  readonly project: string;
  /** Default: all. */
  readonly files?: readonly string[];
}

export const startSuiteDevnet = (): Promise<Devnet> => startDevnet({ args: DEVNET_ARGS });

/** Runs a suite on a devnet of its own. */
export async function runSuite(suite: Suite, options: SuiteOptions): Promise<Verdict> {
  const devnet = await startSuiteDevnet();
  try {
    const outcomes = await outcomesOn(devnet.rpcUrl, suite, options);
    return judge(outcomes, differencesOf(suite), (options.files ?? []).length === 0);
  } finally {
    await devnet.stop();
  }
}

/** @param rpcUrl undefined for the own network of Hardhat or forge */
export async function outcomesOn(
  rpcUrl: string | undefined,
  suite: Suite,
  { project, files = [] }: SuiteOptions,
): Promise<readonly Outcome[]> {
  const result = join(project, "outcomes.json");
  const log = join(project, "suite.log");
  await Promise.all([result, log].map((file) => rm(file, { force: true })));
  const { argv, environment, printsResult = false } = suite.command({ project, files, result, rpcUrl });
  const places = { SUITE_RPC_URL: rpcUrl, SUITE_RESULT: result };
  const status = await runNode(argv, {
    cwd: project,
    log,
    output: printsResult ? result : log,
    environment: { ...environment, ...places },
  });
  const text = await readFile(result, "utf8").catch(() => "");
  if (text === "") throw new Error(`${suite.name} ended with ${status} before it had results: see ${log}`);
  return suite.outcomesOf(text);
}

export function differencesOf({ name }: Pick<Suite, "name">): Differences {
  return JSON.parse(readFileSync(new URL(`../differences/${name}.json`, import.meta.url), "utf8"));
}
