import { seededRandom } from "@trellis/kit";
import {
  type Address,
  type BlockResult,
  EMPTY_CODE_HASH,
  type ForkName,
  type StateReader,
} from "@trellis/protocol";
import type { OracleEvm } from "../createOracleEvm.ts";
import { randomBlock } from "./randomBlock.ts";

interface FuzzOptions {
  readonly seed: number;
  readonly programs: number;
  /** Each program runs in one of them, by chance. */
  readonly forks: readonly ForkName[];
}

interface FuzzResult {
  /** Per engine. */
  readonly blocks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly systemCalls: { readonly succeeded: number; readonly failed: number };
  readonly differences: readonly string[];
}

const DIFFERENCES_MAX = 10;

/** Compares each engine with `oracle`, which runs each block once. */
export async function fuzz(
  engines: Readonly<Record<string, OracleEvm>>,
  oracle: OracleEvm,
  { seed, programs, forks }: FuzzOptions,
): Promise<FuzzResult> {
  const counts = { blocks: 0, succeeded: 0, failed: 0 };
  const systemCounts = { succeeded: 0, failed: 0 };
  const differences: string[] = [];
  for (let program = 0; program < programs && differences.length < DIFFERENCES_MAX; program++) {
    const random = seededRandom(seed + program);
    const fork = forks[Math.floor(random() * forks.length)]!;
    const block = randomBlock(random, fork);
    const run = async (gasLimit: bigint): Promise<bigint> => {
      const input = block.withGas(gasLimit);
      const theirs = await oracle.runBlock(input);
      const expected = printable(block.state, theirs);
      for (const [name, engine] of Object.entries(engines)) {
        const ours = printable(block.state, await engine.runBlock(input));
        if (ours === expected) continue;
        const where = `${name}, seed ${seed + program}, ${fork}, gas ${gasLimit}`;
        differences.push(`${where}: ${firstDifference(ours, expected)}`);
      }
      counts.blocks++;
      if (isSuccess(theirs)) counts.succeeded++;
      else counts.failed++;
      for (const { isSuccess } of theirs.systemCalls) systemCounts[isSuccess ? "succeeded" : "failed"]++;
      return theirs.gasUsed;
    };
    const used = await run(block.gasMost);
    const less = block.gasLeast + BigInt(Math.floor(random() * Number(used - block.gasLeast + 1n)));
    for (const gasLimit of [used - 1n, random() < 0.5 ? used : less]) {
      if (gasLimit >= block.gasLeast) await run(gasLimit);
    }
  }
  return { ...counts, systemCalls: systemCounts, differences };
}

function isSuccess({ outcomes }: BlockResult): boolean {
  const [outcome] = outcomes.flat();
  return outcome?.kind === "accepted" && outcome.receipt.status === 1;
}

function firstDifference(ours: string, theirs: string): string {
  let at = 0;
  while (ours[at] === theirs[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 120), at + 80);
  return `…${around(ours)}…, the oracle …${around(theirs)}…`;
}

function printable(state: StateReader, result: BlockResult): string {
  const { openingCalls, outcomes, gasUsed, logsBloom, systemCalls, changes } = result;
  // Without code there is no storage, so clearing storage is not a difference.
  const hadCode = (address: Address) =>
    (state.account(address)?.codeHash ?? EMPTY_CODE_HASH) !== EMPTY_CODE_HASH;
  const storageCleared = new Set([...changes.storageCleared].filter(hadCode));
  const own = { openingCalls, gasUsed, outcomes, logsBloom, systemCalls };
  const shown = { ...own, changes: { ...changes, storageCleared } };
  return JSON.stringify(shown, (_key, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    if (value instanceof Map) return [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    if (value instanceof Set) return [...value].sort();
    return value;
  });
}
