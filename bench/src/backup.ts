import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRepository,
  openDirectoryStore,
  Repository,
  RepositoryLock,
  restoreBackup,
  runBackup,
} from "@trellis/backup";
import { passphraseWrapping } from "@trellis/platform/keys";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { type KeyValueStore, openStore } from "@trellis/storage";
import { measureSlowdown } from "./backup/slowdown.ts";
import type { Benchmark } from "./benchmark.ts";

const FULL = { days: 10, entries: 1_500_000, changedShare: 0.02, files: 200 };
const SMALL = { days: 2, entries: 2_000, changedShare: 0.02, files: 5 };
type Size = typeof FULL;

const BATCH = 10_000;
const FILE_BYTES = 100_000;
const MB = 1e6;
const PORTS = { clock: systemClock, scheduler: systemScheduler, random: systemRandom };
const WRAPPING = passphraseWrapping("benchmark", { random: systemRandom, cost: 2 });

interface Tool {
  backUp(): Promise<void>;
  restore(target: string): Promise<void>;
  repositoryBytes(): number;
}

interface Figures {
  backupSeconds: number;
  restoreSeconds: number;
}

export const backupBenchmark: Benchmark = {
  name: "backup",
  summary: "backs up ten days of a data directory and restores it, beside restic; slowdown of a running node",
  async run({ small, log }) {
    const size = small ? SMALL : FULL;
    const place = mkdtempSync(join(tmpdir(), "trellis-bench-backup-"));
    try {
      const data = join(place, "data");
      const tools: Record<string, Tool> = { trellis: await trellisTool(place, data) };
      const version = resticVersion();
      if (version === undefined) log("restic is not here: Trellis is measured alone");
      else tools.restic = resticTool(place, data);
      const figures: Record<string, Figures> = {};
      for (const name of Object.keys(tools)) figures[name] = { backupSeconds: 0, restoreSeconds: 0 };
      let bytes = 0;
      for (let day = 0; day < size.days; day++) {
        await changeData(data, day, size);
        bytes += bytesIn(data);
        const names = Object.keys(tools);
        for (const name of day % 2 === 0 ? names : names.toReversed())
          figures[name]!.backupSeconds += await seconds(() => tools[name]!.backUp());
        log(`day ${day + 1}: ${(bytesIn(data) / MB).toFixed(0)} MB`);
      }
      const expected = digestOf(data);
      for (const [name, tool] of Object.entries(tools)) {
        const target = join(place, `restored-${name}`);
        figures[name]!.restoreSeconds = await seconds(() => tool.restore(target));
        if (name === "restic" && digestOf(join(target, data)) !== expected)
          throw new TypeError("data differs");
        rmSync(target, { recursive: true });
      }
      const result = resultOf(tools, figures, { all: bytes, last: bytesIn(data) }, { version, expected });
      return { ...result, ...(await measureSlowdown({ small, log })) };
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
};

function resultOf(
  tools: Readonly<Record<string, Tool>>,
  figures: Readonly<Record<string, Figures>>,
  bytes: { readonly all: number; readonly last: number },
  { version, expected }: { readonly version: string | undefined; readonly expected: string },
): object {
  const of = (pick: (name: string) => number) =>
    Object.fromEntries(Object.keys(tools).map((name) => [name, pick(name)]));
  const backupMBPerSecond = of((name) => bytes.all / MB / figures[name]!.backupSeconds);
  const restoreMBPerSecond = of((name) => bytes.last / MB / figures[name]!.restoreSeconds);
  const dedupRatio = of((name) => bytes.all / tools[name]!.repositoryBytes());
  const ratio = (values: Readonly<Record<string, number>>) => values.trellis! / values.restic!;
  return {
    backupMBPerSecond,
    restoreMBPerSecond,
    dedupRatio,
    ...(tools.restic && {
      ratio: {
        backup: ratio(backupMBPerSecond),
        restore: ratio(restoreMBPerSecond),
        dedup: ratio(dedupRatio),
      },
    }),
    restic: version,
    resultHash: expected,
  };
}

async function trellisTool(place: string, data: string): Promise<Tool> {
  const directory = join(place, "trellis");
  const store = await openDirectoryStore(directory);
  await createRepository({ store, wrapping: WRAPPING, random: systemRandom });
  const open = () => Repository.open({ store, wrapping: WRAPPING, random: systemRandom });
  return {
    async backUp() {
      const lock = await RepositoryLock.take("benchmark", { store, ...PORTS });
      try {
        await runBackup({ dataDir: data, release: "0" }, { repository: await open(), lock, ...PORTS });
      } finally {
        await lock.release();
      }
    },
    async restore(target) {
      const repository = await open();
      await restoreBackup({ backup: (await repository.backups()).at(-1)!, target }, { repository });
    },
    repositoryBytes: () => bytesIn(directory),
  };
}

function resticVersion(): string | undefined {
  const { stdout, status } = spawnSync("restic", ["version"], { encoding: "utf8" });
  return status === 0 ? stdout.split(" ")[1] : undefined;
}

function resticTool(place: string, data: string): Tool {
  const directory = join(place, "restic");
  const env = { ...process.env, RESTIC_PASSWORD: "benchmark", RESTIC_CACHE_DIR: join(place, "cache") };
  const restic = (...args: readonly string[]): void => {
    execFileSync("restic", ["--repo", directory, "--quiet", ...args], { env });
  };
  restic("init");
  return {
    backUp: async () => restic("backup", data),
    restore: async (target) => restic("restore", "latest", "--target", target),
    repositoryBytes: () => bytesIn(directory),
  };
}

async function changeData(data: string, day: number, size: Size): Promise<void> {
  mkdirSync(data, { recursive: true });
  const store = await openStore(join(data, "chain"), "lmdb");
  try {
    const count = day === 0 ? size.entries : Math.ceil(size.entries * size.changedShare);
    for (let start = 0; start < count; start += BATCH)
      await writeEntries(store, day, { start, end: Math.min(count, start + BATCH) }, size);
  } finally {
    await store.close();
  }
  writeFileSync(join(data, `file-${day}`), pseudoRandom(`file ${day}`, FILE_BYTES * size.files));
}

async function writeEntries(
  store: KeyValueStore,
  day: number,
  { start, end }: { readonly start: number; readonly end: number },
  { entries }: Size,
): Promise<void> {
  const operations = Array.from({ length: end - start }, (_, index) => {
    // Spreads the changes of a day over the whole store.
    const entry = day === 0 ? start + index : ((start + index) * 7_919 + day) % entries;
    const key = createHash("sha256").update(String(entry)).digest();
    return { kind: "put", key, value: pseudoRandom(`${entry} ${day}`, 100) } as const;
  });
  await store.write(operations);
}

function pseudoRandom(seed: string, bytes: number): Uint8Array {
  return createHash("shake128", { outputLength: bytes }).update(seed).digest();
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1_000;
}

function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function bytesIn(directory: string): number {
  return filesIn(directory).reduce((sum, file) => sum + statSync(file).size, 0);
}

function digestOf(directory: string): string {
  const hash = createHash("sha256");
  for (const file of filesIn(directory)) {
    if (/\/(lock|lock-journal|store\.lmdb-lock)$/.test(file)) continue;
    hash.update(file.slice(directory.length));
    hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}
