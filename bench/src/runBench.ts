import { existsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { Benchmark } from "./benchmark.ts";

export const BENCHMARKS = [
  "dag",
  "rpc",
  "evm",
  "worst",
  "trie",
  "store",
  "start",
  "dev",
  "sync",
  "shards",
  "relay",
  "finality",
  "reserves",
  "reserves-load",
  "at-rest",
  "backup",
  "arbitrage",
  "console",
  "guard",
] as const;
export type BenchmarkName = (typeof BENCHMARKS)[number];

export interface BenchIo {
  print(line: string): void;
  tell(line: string): void;
  complain(line: string): void;
}

const DONE = 0;
const FAILED = 1;
const NOT_UNDERSTOOD = 2;

/** The last line of stdout is JSON. */
export async function runBench(
  argv: readonly string[],
  io: BenchIo,
  load: (name: BenchmarkName) => Promise<Benchmark | undefined> = loadBenchmark,
): Promise<number> {
  const [name] = argv.filter((word) => !word.startsWith("--"));
  if (!isBenchmarkName(name)) {
    return usage(io, name === undefined ? undefined : `no benchmark "${name}"`);
  }
  const benchmark = await load(name);
  if (benchmark === undefined) {
    io.complain(`${name} has no code yet`);
    return FAILED;
  }
  const flags = flagsIn(argv, name, benchmark);
  if (typeof flags === "string") return usage(io, flags, benchmark);
  const { small, values } = flags;
  io.tell(`${benchmark.name}: ${benchmark.summary}`);
  const figures = await benchmark.run({ small, values, log: io.tell });
  for (const line of table(figures)) io.tell(line);
  io.print(JSON.stringify({ benchmark: name, small, ...figures, machine: machine() }, decimal));
  return DONE;
}

function usage(io: BenchIo, problem: string | undefined, benchmark?: Benchmark): number {
  if (problem !== undefined) io.complain(problem);
  io.complain("usage: npm run bench -- NAME [--json] [--small]");
  for (const [flag, meaning] of Object.entries(benchmark?.flags ?? {})) io.complain(`  --${flag} ${meaning}`);
  io.complain(`benchmarks: ${BENCHMARKS.join(", ")}`);
  return NOT_UNDERSTOOD;
}

function flagsIn(argv: readonly string[], name: string, { flags = {} }: Benchmark) {
  const own = Object.keys(flags).map((flag) => [flag, { type: "string" }] as const);
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { json: { type: "boolean" }, small: { type: "boolean" }, ...Object.fromEntries(own) },
      allowPositionals: true,
    });
    if (positionals.length !== 1) return `one benchmark at a time, and no value without its flag: ${name}`;
    const { json: _, small, ...rest } = values;
    return { small: small === true, values: rest as Record<string, string> };
  } catch (error) {
    return (error as Error).message;
  }
}

function isBenchmarkName(name: string | undefined): name is BenchmarkName {
  return (BENCHMARKS as readonly (string | undefined)[]).includes(name);
}

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

/** Further digits are not reproducible. */
function rounded(figure: number): string {
  if (Number.isInteger(figure) || Math.abs(figure) >= 1000) return Math.round(figure).toLocaleString("en");
  return String(Number(figure.toPrecision(4)));
}

function decimal(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
