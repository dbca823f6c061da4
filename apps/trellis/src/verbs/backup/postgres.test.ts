import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { silentLog, silentMetrics } from "@trellis/base";
import { isPostgres, ownedByPostgres, startPostgres, type TestPostgres } from "@trellis/kit";
import { openDatabase } from "@trellis/platform/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SYSTEM } from "./RepositoryAccess.ts";

const EXECUTABLE = fileURLToPath(new URL("../../../bin/trellis.js", import.meta.url));

let place: string;
let server: TestPostgres;
const at = (...names: string[]): string => join(place, ...names);

async function started(options: Parameters<typeof startPostgres>[0]): Promise<TestPostgres> {
  const postgres = await startPostgres(options);
  if (!isPostgres(postgres)) throw new Error(postgres.reason);
  return postgres;
}

const access = (): string[] => [
  "--repository",
  at("repository"),
  "--passphrase-from",
  `file:${at("passphrase")}`,
];

async function backup(...args: readonly string[]): Promise<Record<string, unknown>> {
  const all = [EXECUTABLE, "backup", ...args, ...access(), "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, all, { cwd: place });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const database = openDatabase({ url }, { ...SYSTEM, log: silentLog, metrics: silentMetrics });
  try {
    return [...(await database.query(sql)).rows];
  } finally {
    await database.close();
  }
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-backup-postgres-"));
  await chmod(place, 0o755);
  await mkdir(at("data"));
  await writeFile(at("data", "file"), "contents");
  await writeFile(at("passphrase"), "correct");
  await backup("init");
  await mkdir(at("repository", "wal"));
  await ownedByPostgres(at("repository"));
  const command = [process.execPath, EXECUTABLE, "backup", "push-wal", "%p", ...access()];
  const settings = { archive_mode: "on", archive_command: command.map((word) => `"${word}"`).join(" ") };
  server = await started({ settings, segmentSize: 1 });
  await writeFile(at("url"), server.url);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await rm(place, { recursive: true, force: true });
});

it("archives by the executable, backs up, and restores to a transaction", async () => {
  await query(server.url, "CREATE TABLE entries (id bigint)");
  const first = await backup("run", "--data-dir", at("data"), "--postgres", `file:${at("url")}`);
  expect(first).toMatchObject({ parts: [{ kind: "postgres" }, { kind: "files", name: "." }] });
  const insert = "INSERT INTO entries VALUES (1) RETURNING pg_current_xact_id()::text AS xid";
  const [{ xid }] = (await query(server.url, insert)) as [{ xid: string }];
  await query(server.url, "INSERT INTO entries VALUES (2)");
  await backup("run", "--data-dir", at("data"), "--postgres", `file:${at("url")}`);
  expect(await backup("verify")).toMatchObject({ problems: [] });
  await backup("restore", String(first.id), at("restored"), "--at", `xid:${xid}`);
  await ownedByPostgres(at("restored"));
  const restored = await started({ data: at("restored", "postgres") });
  try {
    expect(await query(restored.url, "SELECT id FROM entries")).toEqual([{ id: 1n }]);
  } finally {
    await restored.stop();
  }
}, 120_000);
