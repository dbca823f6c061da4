import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import { type Served, startTrellis } from "@trellis/e2e";
import { isPostgres, startPostgres } from "@trellis/kit";
import { openDatabase } from "@trellis/platform/db";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { verifyProofFile } from "@trellis/reserves/verify";
import type { Benchmark } from "./benchmark.ts";
import { type LoadFigures, loadOf, ProofService } from "./reserves/proofLoad.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string | null;
}

interface Size {
  readonly customers: number;
  readonly workers: readonly number[];
  readonly loadMs: number;
}

const FULL: Size = { customers: 10_000, workers: [1, 2, 3], loadMs: 8_000 };
const SMALL: Size = { customers: 50, workers: [1, 2], loadMs: 300 };
const ASSETS = { BTC: 8, ETH: 18, USD: 2 };
const CONNECTIONS = 32;

export const reservesLoadBenchmark: Benchmark = {
  name: "reserves-load",
  summary:
    "GET of customers' proofs by requests per second, p99 and processor time, with and without entity tags, by workers",
  async run({ small, log }) {
    const { customers, workers, loadMs } = small ? SMALL : FULL;
    const folder = mkdtempSync(join(tmpdir(), "trellis-reserves-load-"));
    const postgres = await startPostgres();
    const servers: Served<Ready>[] = [];
    try {
      // The embedded database allows only one process.
      const counts = isPostgres(postgres) ? workers : [1];
      const url = isPostgres(postgres) ? await postgres.createDatabase() : undefined;
      const shared = url === undefined ? [] : databaseFlags(folder, url);
      const start = async (): Promise<void> => {
        servers.push(await startTrellis<Ready>([...serveFlags(folder, servers.length), ...shared]));
      };
      await start();
      const [first] = servers;
      const service = new ProofService(first!.ready.url, first!.ready.adminKey ?? "");
      await service.fill(customers, ASSETS);
      const totals = await service.snapshot();
      const byWorkers: Record<string, { readonly whole: LoadFigures; readonly unchanged: LoadFigures }> = {};
      for (const count of counts) {
        while (servers.length < count) await start();
        const load = {
          workers: servers.map(({ ready, pid }) => ({ url: ready.url, pid })),
          databasePids: () => sessionsOf(url),
          customers,
          loadMs,
          connections: CONNECTIONS,
        };
        const whole = await loadOf(service, { ...load, isTagged: false });
        const unchanged = await loadOf(service, { ...load, isTagged: true });
        byWorkers[count] = { whole, unchanged };
        log(`${count} workers: ${JSON.stringify(byWorkers[count])}`);
      }
      const proof = await service.proof(first!.ready.url, 0);
      if (!verifyProofFile(proof).isValid) throw new TypeError("a proof does not hold");
      return {
        workers: byWorkers,
        database: isPostgres(postgres) ? "postgres" : "embedded",
        customers,
        assets: Object.keys(ASSETS).length,
        connections: CONNECTIONS,
        processors: availableParallelism(),
        proofBytes: proof.length,
        resultHash: createHash("sha256").update(JSON.stringify(totals)).digest("hex"),
      };
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      if (isPostgres(postgres)) await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function sessionsOf(url: string | undefined): Promise<readonly number[]> {
  if (url === undefined) return [];
  const ports = { clock: systemClock, scheduler: systemScheduler, random: systemRandom };
  const database = openDatabase({ url }, { ...ports, log: silentLog, metrics: silentMetrics });
  const sessions = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()";
  const { rows } = await database.query(`${sessions} AND pid <> pg_backend_pid()`);
  await database.close();
  return rows.map(({ pid }) => Number(pid));
}

function serveFlags(folder: string, index: number): string[] {
  return [
    ...["reserves", "serve", "--port", "0", "--json", "--log-level", "warn"],
    ...["--custodian", "exchange.example", "--data-dir", join(folder, String(index))],
    ...["--limit-per-address", "1000000000", "--limit-per-principal", "1000000000"],
    ...["--workers", index === 0 ? "1" : "0"],
  ];
}

function databaseFlags(folder: string, url: string): string[] {
  const secret = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return `file:${join(folder, name)}`;
  };
  return ["--database", secret("database", url), "--key-from", secret("key", "11".repeat(32))];
}
