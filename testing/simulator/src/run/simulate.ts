import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments, USAGE } from "./parseArguments.ts";
import { failureOf, summaryOf } from "./report.ts";
import { runSeeds } from "./runSeeds.ts";
import { runSimulation } from "./runSimulation.ts";
import type { SimulationResult } from "./SimulationResult.ts";

const FAILURES_PRINTED = 5;
const PROGRESS_EVERY = 100;

export async function simulate(args: readonly string[], print: (line: string) => void): Promise<number> {
  const given = parseArguments(args);
  if (given.isHelp) {
    print(USAGE);
    return 0;
  }
  const { seed, shards, nodes, validators, durationS, faults, seeds, isJson } = given;
  const options = { seed, shards, nodes, validators, durationS, faults };
  const directory = given.traceDirectory ?? join(tmpdir(), "trellis-simulation");
  const totals = {
    seeds: 0,
    failed: [] as number[],
    blocks: 0,
    reds: 0,
    crashes: 0,
    offences: 0,
    bans: 0,
    messages: 0,
    events: 0,
    virtualS: 0,
  };
  const startMs = performance.now();
  const onResult = (result: SimulationResult): void => {
    totals.seeds++;
    for (const name of [
      "blocks",
      "reds",
      "crashes",
      "offences",
      "bans",
      "messages",
      "events",
      "virtualS",
    ] as const)
      totals[name] += result[name];
    if (isJson) print(JSON.stringify({ ...result, trace: undefined }));
    if (result.failure !== undefined) {
      totals.failed.push(result.seed);
      if (totals.failed.length <= FAILURES_PRINTED) print(failureOf(result, options, directory));
    }
    if (isJson) return;
    if (seeds === 1) print(summaryOf(result));
    else if (totals.seeds % PROGRESS_EVERY === 0)
      print(`${totals.seeds} of ${seeds} seeds, ${totals.failed.length} failed`);
  };
  if (seeds === 1) onResult(await runSimulation(options));
  else await runSeeds(options, seeds, given.workers ?? availableParallelism(), onResult);
  const wallMs = Math.round(performance.now() - startMs);
  const failed = totals.failed.sort((a, b) => a - b);
  if (isJson) print(JSON.stringify({ ...totals, failed, wallMs }));
  else if (seeds > 1) {
    print(
      `${seeds} seeds from ${seed}: ${failed.length} failed${failed.length > 0 ? ` (${failed.join(", ")})` : ""}, ` +
        `${totals.blocks} blocks (${totals.reds} red), ${totals.crashes} crashes, ${totals.offences} offences, ${totals.bans} bans, ${totals.messages} messages, ` +
        `${Math.round(totals.virtualS)} virtual s in ${wallMs} ms`,
    );
  }
  return failed.length;
}
