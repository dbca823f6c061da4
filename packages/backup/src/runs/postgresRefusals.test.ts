import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isPostgres, ownedByPostgres, startPostgres, type TestPostgres } from "@trellis/kit";
import { freePort } from "@trellis/kit/freePort";
import { systemRandom } from "@trellis/platform/system";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { PostgresServer } from "../postgres/PostgresServer.ts";
import { pushWal } from "../postgres/pushWal.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { WalArchive } from "../repository/WalArchive.ts";
import { backUp, locked, newRepository, reopened } from "../testing/testRepository.ts";
import { wrappingOf } from "../testing/wrappingOf.ts";
import { SEGMENT } from "../wal/walFile.ts";
import type { PostgresPorts } from "./ClusterBackup.ts";
import { runLogBackup } from "./runLogBackup.ts";

/** Clusters whose archive_command fails, and that do not archive. */
const servers: TestPostgres[] = [];
let place: string;
let repositories = 0;
let repository: string;
const at = (...names: string[]): string => join(place, ...names);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-postgres-refusals-"));
  await chmod(place, 0o755);
  await mkdir(at("data"));
  const settings = { archive_mode: "on", archive_command: "false" };
  for (const options of [{ settings, segmentSize: 1 }, {}]) {
    const started = await startPostgres(options);
    if (!isPostgres(started)) throw new Error(started.reason);
    servers.push(started);
    await query(started.url, "CREATE TABLE entries (id int)", "SELECT pg_switch_wal()");
  }
});
beforeEach(async () => {
  repository = at(`repository-${repositories++}`);
  await newRepository(repository);
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await rm(place, { recursive: true, force: true });
});

async function query(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function push(path: string): Promise<void> {
  const store = await openDirectoryStore(repository);
  await pushWal(
    path,
    await WalArchive.open({ store, wrapping: wrappingOf("correct"), random: systemRandom }),
  );
}

/** A full segment of a server. */
async function segmentOf({ data }: TestPostgres): Promise<string> {
  const [name] = (await readdir(join(data, "pg_wal"))).filter((file) => SEGMENT.test(file)).sort();
  return join(data, "pg_wal", name!);
}

/** A changed copy with the same name. */
async function changed(path: string, change: (bytes: Buffer) => Uint8Array): Promise<string> {
  const folder = await mkdtemp(at("changed-"));
  const copy = join(folder, path.slice(path.lastIndexOf("/") + 1));
  await writeFile(copy, change(await readFile(path)));
  return copy;
}

const portsTo = (url: string): { postgres: PostgresPorts } => ({
  postgres: { server: new PostgresServer(url), pause, archivedMsMax: 1_000 },
});

function logs(dataDir: string, url: string): Promise<unknown> {
  const options = { dataDir, release: "0.1.0" };
  return locked(repository, (ports) => runLogBackup(options, { ...ports, ...portsTo(url) }));
}

it("accepts an identical segment again", async () => {
  const path = await segmentOf(servers[0]!);
  await push(path);
  await push(path);
  const { wal } = await reopened(repository);
  const systemId = (await wal.systemId())!;
  const [file] = await wal.files(systemId);
  expect(Buffer.from(await wal.get(systemId, file!)).equals(await readFile(path))).toBe(true);
});

it("WAL_CONFLICT", async () => {
  const path = await segmentOf(servers[0]!);
  await push(path);
  const other = await changed(path, (bytes) => bytes.fill(1, 9_000, 9_001));
  await expect(push(other)).rejects.toMatchObject({ code: "WAL_CONFLICT" });
  await push(path);
});

it("WAL_FOREIGN: segments, timelines and backups of another cluster", async () => {
  await push(await segmentOf(servers[1]!));
  await expect(push(await segmentOf(servers[0]!))).rejects.toMatchObject({ code: "WAL_FOREIGN" });
  for (const [index, server] of servers.entries()) {
    const folder = await mkdtemp(at("cluster-"));
    for (const name of ["global", "pg_wal"]) await mkdir(join(folder, name));
    await copyFile(join(server.data, "global/pg_control"), join(folder, "global/pg_control"));
    const history = join(folder, "pg_wal/00000002.history");
    await writeFile(history, "1\t0/3000000\tno recovery target specified\n");
    const pushing = push(history);
    if (index === 1) await pushing;
    else await expect(pushing).rejects.toMatchObject({ code: "WAL_FOREIGN" });
  }
  const backingUp = backUp(repository, at("data"), portsTo(servers[0]!.url));
  await expect(backingUp).rejects.toMatchObject({ code: "WAL_FOREIGN" });
});

it("WAL_MALFORMED: wrong names, sizes, positions and headers", async () => {
  const path = await segmentOf(servers[0]!);
  const misnamed = `${await changed(path, (bytes) => bytes)}x`;
  await cp(path, misnamed);
  const copies = [
    misnamed,
    await changed(path, (bytes) => bytes.subarray(0, 30)),
    await changed(path, (bytes) => bytes.subarray(0, 500_000)),
    await changed(path, (bytes) => bytes.fill(0, 0, 8)),
    await changed(path, (bytes) => bytes.fill(0, 32, 40)),
    await changed(path, (bytes) => bytes.fill(9, 8, 12)),
  ];
  for (const copy of copies) await expect(push(copy), copy).rejects.toMatchObject({ code: "WAL_MALFORMED" });
  await expect(push(at("none"))).rejects.toMatchObject({ code: "BACKUP_SOURCE_UNREADABLE" });
});

it("BACKUP_WAL_MISSING names the segment that archive_command did not store", async () => {
  const backingUp = backUp(repository, at("data"), portsTo(servers[0]!.url));
  await expect(backingUp).rejects.toMatchObject({
    code: "BACKUP_WAL_MISSING",
    facts: { segment: expect.stringMatching(SEGMENT) },
  });
  expect(await (await reopened(repository)).listed()).toEqual([]);
});

it("BACKUP_LOG_GAP: log backups notice that the last full backup lacks the cluster", async () => {
  const files = at("files");
  await mkdir(files, { recursive: true });
  await writeFile(join(files, "file"), "contents");
  await backUp(repository, files);
  await expect(logs(files, servers[0]!.url)).rejects.toMatchObject({
    code: "BACKUP_LOG_GAP",
    facts: { reason: "not in the last full backup" },
  });
});

it("BACKUP_POSTGRES_REFUSED: no archiving, no server, no right, a taken name, a tablespace", async () => {
  const { url } = servers[0]!;
  const refusal = async (from: string, dataDir = at("data")): Promise<string> => {
    const error = await backUp(repository, dataDir, portsTo(from)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "BACKUP_POSTGRES_REFUSED" });
    return String((error as { facts: { reason: unknown } }).facts.reason);
  };
  expect(await refusal(servers[1]!.url)).toContain("archive_mode");
  expect(await refusal(`postgres://postgres@127.0.0.1:${await freePort()}/postgres`)).toContain(
    "ECONNREFUSED",
  );
  await query(url, "CREATE ROLE reader LOGIN");
  expect(await refusal(url.replace("postgres@", "reader@"))).toContain("permission denied");
  await mkdir(at("taken", "postgres"), { recursive: true });
  expect(await refusal(url, at("taken"))).toContain("postgres");
  await mkdir(at("tablespace"));
  await ownedByPostgres(at("tablespace"));
  await query(url, `CREATE TABLESPACE other LOCATION '${at("tablespace")}'`);
  expect(await refusal(url)).toContain("tablespaces");
  await query(url, "DROP TABLESPACE other");
});
