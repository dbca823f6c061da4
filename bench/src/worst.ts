import { keccak256Hex } from "@trellis/crypto";
import { createEvm } from "@trellis/evm";
import type { Evm, Hash } from "@trellis/protocol";
import type { Benchmark } from "./benchmark.ts";
import { readCase, readCases, writeCase } from "./worst/cases.ts";
import { startCpuTimer } from "./worst/cpuTimer.ts";
import { Draws } from "./worst/Draws.ts";
import { describe, firstGenomes, type Genome, hashOf, labelsOf } from "./worst/genome.ts";
import { measureLargeState } from "./worst/largeState.ts";
import { type Measured, Meter, resultHash } from "./worst/measure.ts";
import { distinctCauses, search } from "./worst/search.ts";

const BOUND_MGAS_PER_SECOND = 60;
const MINUTES = 2;
const ACCOUNTS = 100_000;
const SMALL = { minutes: 0.02, accounts: 10_000 };
const TOP = 10;
const FINAL_REPEATS = 15;
const HASHED_GAS = 100_000;
const HASHED_EVERY = 4;

export const worstBenchmark: Benchmark = {
  name: "worst",
  summary: "searches for the program that runs the least gas in a second",
  flags: {
    minutes: "how long to search, in time on a processor (2)",
    seed: "of the search (1)",
    accounts: "in the state on disk (100,000)",
    directory: "where that state is kept for the next run; it is removed without one",
    cases: 'directory of programs to begin with (those of the tests); "none" begins without',
    keep: "directory for programs below the bound",
    record: "directory of kept programs whose results are computed again: measures nothing",
    replay: "file of one kept program: measures nothing else",
  },
  async run({ small, log, values = {} }) {
    const evm = createEvm({ random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) } });
    const meter = new Meter(evm, { small });
    if (values.replay !== undefined) return replay(meter, values.replay);
    if (values.record !== undefined) return record(evm, values.record);
    const seed = Number(values.seed ?? 1);
    const minutes = Number(values.minutes ?? (small ? SMALL.minutes : MINUTES));
    const kept = values.cases === "none" ? [] : (await readCases(values.cases)).map(({ genome }) => genome);
    await warmUp(meter, kept);
    const cpuMs = startCpuTimer();
    // CPU time, so that other load does not shorten the search.
    const isOver = (): boolean => cpuMs() > minutes * 60_000;
    const { programs, found } = await search({ meter, draws: new Draws(seed), isOver, kept, log });
    const top = [];
    for (const each of distinctCauses(found, TOP)) {
      const measured = await meter.fastest(each.genome, small ? 1 : FINAL_REPEATS, {
        before: each,
        isThorough: true,
      });
      top.push(rowOf(each.genome, measured!));
    }
    top.sort((a, b) => a.mgasPerSecond - b.mgasPerSecond);
    for (const { mgasPerSecond, kind, program } of top) {
      log(`${mgasPerSecond.toFixed(2).padStart(10)} Mgas/s  ${kind}  ${program.slice(0, 14)}`);
    }
    if (values.keep !== undefined) await keepSlow(evm, values.keep, found, log);
    const largeState = await measureLargeState(evm, {
      accounts: Number(values.accounts ?? (small ? SMALL.accounts : ACCOUNTS)),
      directory: values.directory,
      gas: small ? 1_000_000 : 30_000_000,
      log,
    });
    const candidates = [...top, ...largeState.rows];
    const worst = candidates.reduce((a, b) => (b.mgasPerSecond < a.mgasPerSecond ? b : a));
    return {
      worst,
      boundMgasPerSecond: BOUND_MGAS_PER_SECOND,
      top,
      largeState,
      seed,
      minutes,
      programs,
      resultHash: await hashOfFirst(evm, seed),
    };
  },
};

async function warmUp(meter: Meter, kept: readonly Genome[]): Promise<void> {
  for (const genome of [...firstGenomes(new Draws(0)).slice(0, 10), ...kept.slice(0, 3)])
    await meter.measure(genome);
}

function rowOf(genome: Genome, { mgasPerSecond, gas, cpuMs }: Measured) {
  const kind = labelsOf(genome).join(" + ");
  return { mgasPerSecond, kind, program: hashOf(genome), gas, cpuMs, description: describe(genome) };
}

async function record(evm: Evm, directory: string) {
  const cases = await readCases(directory);
  for (const each of cases) await writeCase(evm, directory, each);
  return { recorded: cases.length };
}

async function replay(meter: Meter, file: string) {
  const { genome } = await readCase(file);
  const measured = await meter.fastest(genome, FINAL_REPEATS, { isThorough: true });
  return { worst: rowOf(genome, measured!) };
}

async function keepSlow(
  evm: Evm,
  directory: string,
  found: Parameters<typeof distinctCauses>[0],
  log: (line: string) => void,
): Promise<void> {
  const slow = distinctCauses(found, TOP).filter(
    ({ mgasPerSecond }) => mgasPerSecond < BOUND_MGAS_PER_SECOND,
  );
  for (const { genome, mgasPerSecond, labels } of slow) {
    const file = await writeCase(evm, directory, {
      genome,
      title: labels.join(" + "),
      mgasPerSecondThen: Number(mgasPerSecond.toPrecision(3)),
    });
    log(`kept ${file}`);
  }
}

async function hashOfFirst(evm: Evm, seed: number): Promise<Hash> {
  const hashes: string[] = [];
  for (const genome of firstGenomes(new Draws(seed)).filter((_, index) => index % HASHED_EVERY === 0)) {
    hashes.push((await resultHash(evm, genome, HASHED_GAS)) ?? "does not fit");
  }
  return keccak256Hex(Buffer.from(hashes.join()));
}
