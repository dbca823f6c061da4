import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  isPostgres,
  ownedByPostgres,
  type PostgresOptions,
  startPostgres,
  type TestPostgres,
} from "@trellis/kit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lsnToNumber } from "../postgres/lsn.ts";
import { PostgresServer } from "../postgres/PostgresServer.ts";
import type { RecoveryTarget } from "../postgres/recoveryTarget.ts";
import { segmentsOf } from "../postgres/segmentsOf.ts";
import { Lock } from "../repository/Lock.ts";
import type { Cluster, Manifest } from "../repository/Manifest.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import type { Problem } from "../repository/Problem.ts";
import { PostgresLedger } from "../testing/PostgresLedger.ts";
import { PORTS } from "../testing/ports.ts";
import { backUp, locked, newRepository, reopened } from "../testing/testRepository.ts";
import type { PostgresPorts } from "./ClusterBackup.ts";
import { chooseBackup } from "./chooseBackup.ts";
import { pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { runLogBackup } from "./runLogBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const TARGETS = 20;
const ENTRIES_BETWEEN = 200;
const PUSH_WAL = fileURLToPath(new URL("../testing/pushWalMain.ts", import.meta.url));

let place: string;
let server: TestPostgres;
let ledger: PostgresLedger;
const backups: Manifest[] = [];
const at = (...names: string[]): string => join(place, ...names);

async function startArchiving(repository: string, options: PostgresOptions = {}): Promise<TestPostgres> {
  const archiveCommand = `"${process.execPath}" "${PUSH_WAL}" "${repository}" %p`;
  const settings = { archive_mode: "on", archive_command: archiveCommand };
  const started = await startPostgres({ settings, segmentSize: 1, ...options });
  if (!isPostgres(started)) throw new Error(started.reason);
  return started;
}

/** As a role with only the rights of the guide, after a host that is gone. */
function portsOf({ url }: TestPostgres): { postgres: PostgresPorts } {
  const server = new PostgresServer(url.replace("postgres@", "backup@127.0.0.1:1,"));
  return { postgres: { server, pause } };
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-postgres-backup-"));
  await chmod(place, 0o755);
  await mkdir(at("data"));
  await writeFile(at("data", "file"), "contents");
  await newRepository(at("repository"));
  await mkdir(at("repository", "wal"));
  await ownedByPostgres(at("repository"));
  server = await startArchiving(at("repository"));
  await query(server.url, "CREATE ROLE backup LOGIN REPLICATION");
  const functions = "pg_create_restore_point(text), pg_switch_wal()";
  await query(server.url, `GRANT EXECUTE ON FUNCTION ${functions} TO backup`);
  ledger = new PostgresLedger(server.url);
  await ledger.start();
});
afterAll(async () => {
  await ledger?.stop();
  await server?.stop();
  await rm(place, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function clusterOf({ parts }: Manifest): Cluster {
  return parts.find(({ cluster }) => cluster !== undefined)!.cluster!;
}

/** Returns once everything that was written is in the archive. */
async function archived(url: string): Promise<void> {
  const [switched] = await query(url, "SELECT pg_walfile_name(pg_switch_wal()) AS segment");
  await until(url, `SELECT 1 FROM pg_stat_archiver WHERE last_archived_wal >= '${switched!.segment}'`);
}

/** Returns once the query has a row. */
async function until(url: string, sql: string): Promise<void> {
  while ((await query(url, sql)).length === 0) await pause(50);
}

async function restoredAt(
  id: string,
  recovery: RecoveryTarget | undefined,
): Promise<{ ids: number[]; target: string }> {
  const repository = await reopened(at("repository"));
  const target = await mkdtemp(at("restored-"));
  await restoreBackup(
    { backup: await repository.backup(id), target, ...(recovery && { recovery }) },
    { repository },
  );
  return { ids: await entriesIn(target), target };
}

/** Starts the restored cluster, and appends an entry. */
async function entriesIn(target: string): Promise<number[]> {
  expect((await stat(join(target, "postgres"))).mode & 0o777).toBe(0o700);
  await ownedByPostgres(target);
  const restored = await startPostgres({ data: join(target, "postgres") });
  if (!isPostgres(restored)) throw new Error(restored.reason);
  try {
    const rows = await query(restored.url, "SELECT id FROM entries ORDER BY id");
    await query(restored.url, "INSERT INTO entries (filler) VALUES ('writable')");
    expect(await query(restored.url, "SHOW archive_mode")).toEqual([{ archive_mode: "off" }]);
    return rows.map(({ id }) => Number(id));
  } finally {
    await restored.stop();
  }
}

async function problemsOf(root: string): Promise<readonly Problem[]> {
  const store = await openDirectoryStore(root);
  return (await verifyRepository({ store, repository: await reopened(root) })).problems;
}

/**
 * Commits have times in microseconds, acknowledgements in milliseconds. An entry that was committed before the target and acknowledged after it, or never,
 * may also be there.
 */
function faultOf(ids: readonly number[], targetMs: number): string | undefined {
  const found = new Set(ids);
  const missing = ledger.commits.filter(({ id, timeMs }) => timeMs < targetMs && !found.has(id));
  const [, ...tooLate] = ledger.commits.filter(({ id, timeMs }) => timeMs >= targetMs && found.has(id));
  const wrong = [...missing, ...tooLate].map(({ id, timeMs }) => `${id} at ${timeMs}`);
  return wrong.length === 0 ? undefined : `${targetMs}: ${wrong.slice(0, 5).join()}`;
}

describe("two backups of a cluster that archives", () => {
  beforeAll(async () => {
    for (let number = 0; number < 2; number++) {
      await ledger.write(ENTRIES_BETWEEN);
      backups.push(await backUp(at("repository"), at("data"), portsOf(server)));
    }
    await ledger.write(20);
    await ledger.stop();
    await query(server.url, "SELECT pg_create_restore_point('by hand')");
    await archived(server.url);
  });

  const idsUntil = (last: number): number[] => ledger.commits.map(({ id }) => id).filter((id) => id <= last);

  it("has every segment in the archive, deduplicates, and verifies", async () => {
    expect(backups[1]!.addedBytes).toBeLessThan(backups[0]!.addedBytes / 2);
    expect(await problemsOf(at("repository"))).toEqual([]);
  });

  it("restores to the restore point of a backup, to a transaction, a position and a named point", async () => {
    const [first, second] = backups.map(({ id }) => id);
    const { ids } = await restoredAt(first!, undefined);
    const point = clusterOf(backups[0]!).restorePoint.lsn;
    const before = ledger.commits.filter(({ lsn }) => lsnToNumber(lsn) <= point);
    expect(ids.slice(0, before.length)).toEqual(before.map(({ id }) => id));
    // The position after the commit was read later.
    expect(ids.length).toBeLessThanOrEqual(before.length + 1);
    const middle = ledger.commits.findLast(({ timeMs }) => timeMs < backups[1]!.atMs - 100)!;
    const xid = { kind: "xid", xid: middle.xid } as const;
    expect((await restoredAt(first!, xid)).ids).toEqual(idsUntil(middle.id));
    const lsn = { kind: "lsn", lsn: lsnToNumber(middle.lsn) } as const;
    const toPosition = await restoredAt(first!, lsn);
    // The record at the position may already be the next commit.
    expect(toPosition.ids.slice(0, middle.id)).toEqual(idsUntil(middle.id));
    expect(toPosition.ids.length).toBeLessThanOrEqual(middle.id + 1);
    const { ids: named } = await restoredAt(second!, { kind: "name", name: "by hand" });
    expect(named).toEqual(idsUntil(ledger.commits.at(-1)!.id));
  });

  it("RESTORE_TIME_UNREACHABLE before the first backup and after the last archived commit", async () => {
    const [{ id, atMs }] = backups as [Manifest, ...Manifest[]];
    const repository = await reopened(at("repository"));
    const targets: RecoveryTarget[] = [
      { kind: "time", ms: atMs - 60_000 },
      { kind: "time", ms: Date.now() + 60_000 },
      { kind: "xid", xid: ledger.commits[0]!.xid },
      { kind: "xid", xid: 4_000_000 },
      { kind: "lsn", lsn: 2 ** 40 },
      { kind: "name", name: "unknown" },
    ];
    for (const recovery of targets) {
      const restoring = restoreBackup(
        { backup: await repository.backup(id), target: at("none"), recovery },
        { repository },
      );
      await expect(restoring, JSON.stringify(recovery)).rejects.toMatchObject({
        code: "RESTORE_TIME_UNREACHABLE",
      });
    }
    const withoutCluster = { ...(await repository.backup(id)), parts: [] };
    await expect(
      restoreBackup({ backup: withoutCluster, target: at("none"), recovery: targets[5]! }, { repository }),
    ).rejects.toMatchObject({ code: "RESTORE_TIME_UNREACHABLE" });
    expect(existsSync(at("none"))).toBe(false);
  });

  it("REPOSITORY_DAMAGED names a segment that is missing in the middle, damaged, or another one", async () => {
    const cluster = clusterOf(backups[0]!);
    const [first, second] = segmentsOf(cluster);
    const { systemId } = cluster;
    const segment = (root: string, name: string): string => join(root, "wal", systemId, name);
    const damages: Record<string, (root: string) => Promise<void>> = {
      missing: (root) => rm(segment(root, second!)),
      damaged: (root) => truncate(segment(root, second!), 1_000),
      another: (root) => cp(segment(root, first!), segment(root, second!)),
    };
    for (const [name, damage] of Object.entries(damages)) {
      const root = at(name);
      await cp(at("repository"), root, { recursive: true });
      await damage(root);
      const object = `wal/${systemId}/${second}`;
      const repository = await reopened(root);
      const restoring = restoreBackup(
        { backup: await repository.backup(backups[0]!.id), target: at("none") },
        { repository },
      );
      await expect(restoring, name).rejects.toMatchObject({ code: "REPOSITORY_DAMAGED", facts: { object } });
      expect(existsSync(at("none"))).toBe(false);
      expect(await problemsOf(root), name).toMatchObject([{ object, backups: [backups[0]!.id] }]);
    }
  });

  it("prunes the log before the oldest kept backup", async () => {
    const root = at("pruned");
    await cp(at("repository"), root, { recursive: true });
    const repository = await reopened(root);
    const ports = { store: await openDirectoryStore(root), ...PORTS };
    const lock = await Lock.take("a test", ports);
    const policy = { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0 };
    await pruneBackups(policy, { repository, lock });
    await lock.release();
    const cluster = clusterOf(backups[1]!);
    const files = await repository.wal.files(cluster.systemId);
    expect(files[0]).toBe(segmentsOf(cluster)[0]);
    expect(await problemsOf(root)).toEqual([]);
  });

  it("a restored cluster archives its new timeline, and a backup of it restores", async () => {
    const root = at("promoted");
    await cp(at("repository"), root, { recursive: true });
    await ownedByPostgres(root);
    const { target, ids } = await restoredAt(backups[1]!.id, undefined);
    const promoted = await startArchiving(root, { data: join(target, "postgres") });
    const logs = (other = promoted) =>
      locked(root, (ports) =>
        runLogBackup({ dataDir: at("data"), release: "0.1.0" }, { ...ports, ...portsOf(other) }),
      );
    try {
      expect(await logs(server)).toBeUndefined();
      await expect(logs()).rejects.toMatchObject({
        code: "BACKUP_LOG_GAP",
        facts: { reason: "a standby took over: timeline 2" },
      });
      const made = await backUp(root, at("data"), portsOf(promoted));
      expect(await logs()).toBeUndefined();
      const archive = join(root, "wal", clusterOf(made).systemId);
      await chmod(archive, 0o500);
      await query(promoted.url, "CREATE TABLE written ()");
      await query(promoted.url, "SELECT pg_switch_wal()");
      await until(promoted.url, "SELECT 1 FROM pg_stat_archiver WHERE last_failed_time > last_archived_time");
      await expect(logs()).rejects.toMatchObject({ code: "BACKUP_WAL_MISSING" });
      await chmod(archive, 0o700);
      expect(clusterOf(made).timeline).toBe(2);
      expect(await problemsOf(root)).toEqual([]);
      const repository = await reopened(root);
      const again = at("again");
      await restoreBackup({ backup: made, target: again }, { repository });
      const rows = await entriesIn(again);
      expect(rows.slice(0, -1)).toEqual(ids);
    } finally {
      await promoted.stop();
    }
  });

  it("restores exactly the entries committed before each of 20 random times between them", async () => {
    const [firstMs, lastMs] = [backups[0]!.atMs, backups[1]!.atMs];
    const targets = [firstMs + 1, lastMs - 1];
    while (targets.length < TARGETS) targets.push(firstMs + Math.floor(Math.random() * (lastMs - firstMs)));
    const faults: (string | undefined)[] = [];
    for (const ms of targets) {
      const { id } = chooseBackup(backups, ms);
      expect(id).toBe(backups[0]!.id);
      const { ids, target } = await restoredAt(id, { kind: "time", ms });
      faults.push(faultOf(ids, ms));
      await rm(target, { recursive: true });
    }
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });
});
