import { existsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { Benchmark } from "./benchmark.ts";

/** `npm run bench -- NAME`, and the file that holds it. */
export const BENCHMARKS = [
  "dag",
  "rpc",
  "evm",
  "trie",
  "sync",
  "relay",
  "finality",
  "reserves",
  "reserves-load",
  "arbitrage",
  "console",
] as const;
export type BenchmarkName = (typeof BENCHMARKS)[number];

export interface BenchIo {
  /** The result for programs: one line. */
  print(line: string): void;
  /** What people read: progress and the table. */
  tell(line: string): void;
  complain(line: string): void;
}

const DONE = 0;
const FAILED = 1;
const NOT_UNDERSTOOD = 2;

/**
 * `npm run bench -- NAME [--json] [--small]`. The last line on standard output is one JSON document: the
 * benchmark's figures and the machine they were taken on. Returns the exit code.
 */
export async function runBench(
  argv: readonly string[],
  io: BenchIo,
  load: (name: BenchmarkName) => Promise<Benchmark | undefined> = loadBenchmark,
): Promise<number> {
  const names = argv.filter((word) => !word.startsWith("--"));
  const unknown = argv.find((word) => word.startsWith("--") && word !== "--json" && word !== "--small");
  const [name] = names;
  if (names.length !== 1 || unknown !== undefined || !isBenchmarkName(name)) {
    if (unknown !== undefined) io.complain(`no flag ${unknown}`);
    else if (name !== undefined) io.complain(`no benchmark "${name}"`);
    io.complain("usage: npm run bench -- NAME [--json] [--small]");
    io.complain(`benchmarks: ${BENCHMARKS.join(", ")}`);
    return NOT_UNDERSTOOD;
  }
  const benchmark = await load(name);
  if (benchmark === undefined) {
    io.complain(`${name} has no code yet`);
    return FAILED;
  }
  io.tell(`${benchmark.name}: ${benchmark.summary}`);
  const small = argv.includes("--small");
  const figures = await benchmark.run({ small, log: io.tell });
  for (const line of table(figures)) io.tell(line);
  io.print(JSON.stringify({ benchmark: name, small, ...figures, machine: machine() }, decimal));
  return DONE;
}

function isBenchmarkName(name: string | undefined): name is BenchmarkName {
  return (BENCHMARKS as readonly (string | undefined)[]).includes(name);
}

/** The export of `<name>.ts`, its words joined, that is a benchmark of that name. */
export async function loadBenchmark(name: BenchmarkName): Promise<Benchmark | undefined> {
  const joined = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const file = new URL(`./${joined}.ts`, import.meta.url);
  if (!existsSync(file)) return undefined;
  const module: Record<string, unknown> = await import(file.href);
  return Object.values(module).find((value) => isBenchmark(value, name)) as Benchmark | undefined;
}

function isBenchmark(value: unknown, name: string): boolean {
  return (
    typeof value === "object" && value !== null && "name" in value && value.name === name && "run" in value
  );
}

function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** Figures by dotted name, aligned. */
function table(figures: object): string[] {
  const rows = flattened(figures, "");
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function flattened(value: object, prefix: string): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    const name = `${prefix}${key}`;
    if (typeof inner === "object" && inner !== null) return flattened(inner, `${name}.`);
    return [[name, typeof inner === "number" ? rounded(inner) : String(inner)]];
  });
}

/** Four digits tell figures apart; more would claim what no run repeats. */
function rounded(figure: number): string {
  if (Number.isInteger(figure) || Math.abs(figure) >= 1000) return Math.round(figure).toLocaleString("en");
  return String(Number(figure.toPrecision(4)));
}

function decimal(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
