import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import { openDatabase } from "@trellis/platform/db";
import { systemRandom } from "@trellis/platform/system";
import { openStore } from "@trellis/storage";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Manifest } from "../repository/Manifest.ts";
import type { Repository } from "../repository/Repository.ts";
import { Ledger } from "../testing/Ledger.ts";
import { PORTS } from "../testing/ports.ts";
import { backUp, newRepository, reopened } from "../testing/testRepository.ts";
import { extractFound, findPath, readFound } from "./extractPath.ts";

let folder: string;
let backup: Manifest;
let repository: Repository;
let targets = 0;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-extract-"));
  await mkdir(at("data", "keys", "old"), { recursive: true });
  await mkdir(at("data", "node"));
  await writeFile(at("data", "a-large"), systemRandom.bytes(3 << 20));
  await writeFile(at("data", "keys", "keys.json"), "secret", { mode: 0o640 });
  await writeFile(at("data", "keys", "empty"), "");
  await writeFile(at("data", "keysfile"), "other");
  await writeFile(at("data", "z-large"), systemRandom.bytes(1 << 20));
  const store = await openStore(at("data", "node", "chain"), "lmdb");
  await store.write([{ kind: "put", key: Uint8Array.of(1), value: Uint8Array.of(2) }]);
  await store.close();
  await newRepository(at("repository"));
  backup = await backUp(at("repository"), at("data"));
  repository = await reopened(at("repository"));
});
afterAll(() => rm(folder, { recursive: true }));

async function extracted(path: string, target = at(`target-${targets++}`)): Promise<string> {
  await extractFound({ backup, found: await findPath(backup, path, repository), target }, { repository });
  return target;
}

async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).sort();
}

it("BACKUP-18: extracts a file, with its mode", async () => {
  const target = await extracted("keys/keys.json");
  expect(await readFile(target, "utf8")).toBe("secret");
  expect((await stat(target)).mode & 0o777).toBe(0o640);
  for (const name of ["a-large", "z-large", "keys/empty"])
    expect(await readFile(await extracted(name))).toEqual(await readFile(at("data", name)));
});

it("BACKUP-18: extracts a directory, a store, what is in it, and everything", async () => {
  expect(await namesIn(await extracted("keys"))).toEqual(["empty", "keys.json", "old"]);
  expect(await namesIn(await extracted("./keys/old/"))).toEqual([]);
  const data = await namesIn(at("data"));
  const locks = /lock/;
  expect(await namesIn(await extracted("."))).toEqual(data.filter((name) => !locks.test(name)));
  for (const [path, below] of [
    ["node", ["chain"]],
    ["node/chain", []],
  ] as const) {
    const store = await openStore(join(await extracted(path), ...below), "lmdb");
    expect(store.get(Uint8Array.of(1))).toEqual(Uint8Array.of(2));
    await store.close();
  }
  const inStore = data.find((name) => name.startsWith("node/chain/") && !locks.test(name))!;
  expect((await stat(await extracted(inStore))).size).toBeGreaterThan(0);
});

it("BACKUP-18: streams a file", async () => {
  const pieces: Uint8Array[] = [];
  const found = await findPath(backup, "a-large", repository);
  expect(found).toMatchObject({ kind: "file", bytes: 3 << 20, files: 1 });
  for await (const piece of readFound(found, repository)) pieces.push(piece);
  expect(Buffer.concat(pieces)).toEqual(await readFile(at("data", "a-large")));
});

it("BACKUP_PATH_UNKNOWN lists names that are near", async () => {
  const nearOf = async (path: string): Promise<unknown> => {
    const error = await findPath(backup, path, repository).catch((thrown: unknown) => thrown);
    expect(error, path).toMatchObject({ code: "BACKUP_PATH_UNKNOWN", facts: { path } });
    return (error as { readonly facts: { readonly near: string } }).facts.near;
  };
  expect(await nearOf("keys/kyes.json")).toBe("keys.json, empty, old");
  expect(await nearOf("keys/keys.json/x")).toBe("");
  expect(await nearOf("kees/keys.json")).toMatch(/^keys, /);
  for (const path of ["", "/etc/passwd", "../x", "keys/../a-large", "keys//keys.json", "key", "a-larg"])
    if (path !== "") expect(await nearOf(path)).toMatch(/a-large|keys/);
});

it("RESTORE_REFUSED, and nothing remains of a failed extraction", async () => {
  await writeFile(at("existing"), "x");
  await mkdir(at("full"));
  await writeFile(at("full", "x"), "x");
  for (const [path, target] of [
    ["a-large", "existing"],
    ["a-large", "full"],
    ["keys", "full"],
  ])
    await expect(extracted(path!, at(target!))).rejects.toMatchObject({ code: "RESTORE_REFUSED" });
  const before = await readdir(folder);
  const found = await findPath(backup, ".", repository);
  const prepare = () => Promise.reject(new Error("refused"));
  const failing = extractFound({ backup, found, target: at("never") }, { repository, prepare });
  await expect(failing).rejects.toThrow("refused");
  expect(await readdir(folder)).toEqual(before);
});

it("BACKUP-18: extracts a database in the state of the backup", async () => {
  const ledger = new Ledger(at("other", "db"));
  await mkdir(at("other"));
  let made: Manifest;
  try {
    await ledger.start();
    await ledger.write(20);
    made = await backUp(at("repository"), at("other"));
    await ledger.write(1);
  } finally {
    await ledger.kill();
  }
  const opened = await reopened(at("repository"));
  const found = await findPath(made, "db", opened);
  await extractFound({ backup: made, found, target: at("database") }, { repository: opened });
  const expected = ledger.commits.filter(({ timeMs }) => timeMs < made.atMs).map(({ id }) => id);
  const database = openDatabase(
    { url: `pglite:${at("database")}` },
    { ...PORTS, log: silentLog, metrics: silentMetrics },
  );
  const { rows } = await database.query("SELECT id FROM entries ORDER BY id");
  await database.close();
  expect(rows.map(({ id }) => Number(id)).slice(0, expected.length)).toEqual(expected);
  expect(rows.length - expected.length).toBeLessThanOrEqual(1);
});
