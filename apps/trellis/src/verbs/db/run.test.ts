import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hexToBytes, silentLog, silentMetrics } from "@trellis/base";
import { createChain, DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { createEvm } from "@trellis/evm";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { devParameters, type Header } from "@trellis/protocol";
import { openStore, STORE_KINDS, type StoreKind } from "@trellis/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chainDirectory, shardDirectory } from "../../node/dataDirectory.ts";
import { run } from "./run.ts";
import type { DbSettings } from "./settings.ts";

const ADDRESS = `0x${"11".repeat(20)}` as const;

let folder: string;
let dataDir: string;
let copyDir: string;
let printed: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-db-"));
  dataDir = join(folder, "data");
  copyDir = join(folder, "copy");
  printed = "";
});

afterEach(() => rm(folder, { recursive: true }));

async function beginChain(directory = dataDir, kind: StoreKind = "lmdb"): Promise<Header> {
  const store = await openStore(chainDirectory(directory), kind);
  const parameters = devParameters({ accounts: [{ address: ADDRESS, balance: 1n }] });
  const chain = await createChain(
    { parameters, shard: 0, isArchive: true },
    { limits: DEFAULT_MEMPOOL_LIMITS },
    {
      store,
      evm: createEvm({ random: systemRandom }),
      recoverSenders: async () => [],
      verifySeal: async () => true,
      clock: systemClock,
      log: silentLog,
      metrics: silentMetrics,
    },
  );
  const { header } = chain.view.head();
  await store.close();
  return header;
}

async function damage(key: Uint8Array, value: Uint8Array): Promise<void> {
  const store = await openStore(chainDirectory(dataDir), "lmdb");
  await store.write([{ kind: "put", key, value }]);
  await store.close();
}

function setSchema(version: number): Promise<void> {
  const metaId = 1;
  return damage(
    Uint8Array.of(metaId, ...new TextEncoder().encode("schema")),
    version === 0 ? new Uint8Array() : Uint8Array.of(version),
  );
}

async function raiseBalance(): Promise<void> {
  const [entry] = (await db("inspect", "accounts")) as { key: `0x${string}`; value: `0x${string}` }[];
  const accountsId = 32;
  const value = hexToBytes(entry!.value.replace("8001a0", "8002a0"));
  await damage(Uint8Array.of(accountsId, ...hexToBytes(entry!.key)), value);
}

async function db(action: DbSettings["action"], ...operands: string[]): Promise<unknown[]> {
  const lifecycle = createLifecycle({ log: silentLog });
  const stdout = {
    write: (text: string) => {
      printed += text;
    },
    isTerminal: false,
  };
  const io = {
    stdout,
    stderr: stdout,
    lifecycle,
    log: silentLog,
    metrics: silentMetrics,
  } as unknown as ServiceIo;
  printed = "";
  try {
    await run({ action, arguments: operands, dataDir, json: true, logLevel: "silent" }, io);
  } finally {
    await lifecycle.stop("test");
  }
  return printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("trellis db", () => {
  it("DATA_DIRECTORY_EMPTY", async () => {
    await expect(db("stats")).rejects.toMatchObject({ code: "DATA_DIRECTORY_EMPTY" });
  });

  it("verify recomputes the genesis state", async () => {
    await beginChain();
    expect(await db("verify")).toMatchObject([{ blocks: 1, accounts: 1, problems: [] }]);
  });

  it("STORE_CORRUPT: a balance that the state root does not contain", async () => {
    await beginChain();
    await raiseBalance();
    await expect(db("verify")).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      facts: { problems: expect.any(Number) },
    });
    expect(JSON.parse(printed).problems[0]).toContain("state root");
  });

  it("stats counts entries per table", async () => {
    await beginChain();
    const [tables] = (await db("stats")) as { table: string; entries: number }[][];
    expect(tables!.find(({ table }) => table === "headers")).toMatchObject({ entries: 1 });
  });

  it("inspect filters by key prefix; TABLE_UNKNOWN lists the tables", async () => {
    await beginChain();
    expect(await db("inspect", "accounts", ADDRESS)).toMatchObject([{ key: ADDRESS }]);
    await expect(db("inspect", "nothing")).rejects.toMatchObject({
      code: "TABLE_UNKNOWN",
      facts: { tables: expect.stringContaining("headers") },
    });
  });

  it("migrate does nothing when the data is current", async () => {
    await beginChain();
    expect(await db("migrate")).toEqual([{ schema: 2, steps: [] }]);
  });

  it("SCHEMA_UNSUPPORTED: migrate runs the steps; version 0 has no step", async () => {
    await beginChain();
    await setSchema(0);
    await expect(db("migrate")).rejects.toMatchObject({
      code: "SCHEMA_UNSUPPORTED",
      facts: { reason: "migration missing" },
    });
  });

  it.each([["migrate"], ["verify"], ["backup"]] as const)("SCHEMA_UNSUPPORTED: %s", async (action) => {
    await beginChain();
    await setSchema(9);
    const operands = action === "backup" ? [copyDir] : [];
    await expect(db(action, ...operands)).rejects.toMatchObject({
      code: "SCHEMA_UNSUPPORTED",
      facts: { reason: "newer than this version", stored: 9, known: 2 },
    });
    expect(printed).toBe("");
    expect(await readdir(folder)).toEqual(["data"]);
  });

  it.each(STORE_KINDS)(
    "%s: backup makes a data directory of the chain that a node can open",
    async (kind) => {
      const head = await beginChain(dataDir, kind);
      for (const name of ["peer.key", "peers.book", "transactions.journal"])
        await writeFile(join(dataDir, name), "");
      await mkdir(join(dataDir, "votes"));
      const [report] = await db("verify");
      expect(await db("backup", copyDir)).toMatchObject([
        { ...(report as object), directory: copyDir, bytes: expect.any(Number) },
      ]);
      expect((await readdir(folder)).sort()).toEqual(["copy", "data"]);
      expect(await readdir(copyDir)).toEqual(["chain"]);
      expect(await beginChain(copyDir, kind)).toEqual(head);
    },
  );

  it("verifies, counts, compacts, migrates and backs up each shard", async () => {
    await beginChain();
    for (const shard of [2, 10]) await beginChain(shardDirectory(dataDir, shard));
    const shards = (results: unknown[]) => results.map((result) => (result as { shard?: number }).shard);
    for (const action of ["verify", "compact", "migrate"] as const)
      expect(shards(await db(action))).toEqual([undefined, 2, 10]);
    const [own, second] = (await db("stats")) as object[][];
    expect(second).toEqual(own!.map((row) => ({ shard: 2, ...row })));
    const [report] = await db("verify");
    const copied = { ...(report as object), bytes: expect.any(Number) };
    expect(await db("backup", copyDir)).toEqual([
      { ...copied, directory: copyDir, shards: [2, 10].map((shard) => ({ ...copied, shard })) },
    ]);
    dataDir = copyDir;
    expect(shards(await db("verify"))).toEqual([undefined, 2, 10]);
  });

  it("STORE_CORRUPT: shard 0, but the others are verified", async () => {
    await beginChain();
    await beginChain(shardDirectory(dataDir, 1));
    await raiseBalance();
    await expect(db("verify")).rejects.toMatchObject({ code: "STORE_CORRUPT", facts: { dataDir } });
    expect(JSON.parse(printed.trim().split("\n")[1]!)).toMatchObject({ shard: 1, problems: [] });
  });

  it("FILE_EXISTS: a backup", async () => {
    await beginChain();
    await writeFile(copyDir, "mine");
    await expect(db("backup", copyDir)).rejects.toMatchObject({
      code: "FILE_EXISTS",
      facts: { what: "backup" },
    });
    expect(await readFile(copyDir, "utf8")).toBe("mine");
    await rm(copyDir);
    await symlink(join(folder, "nowhere"), copyDir);
    await expect(db("backup", copyDir)).rejects.toMatchObject({
      code: "FILE_EXISTS",
      facts: { what: "backup" },
    });
  });

  it("FILE_EXISTS: a concurrent backup finished first", async () => {
    await beginChain();
    const slower = db("backup", copyDir);
    const isWritten = async () => (await readdir(folder)).some((name) => name.startsWith(".copy.partial-"));
    while (!(await isWritten())) await new Promise((resolve) => setImmediate(resolve));
    await mkdir(join(copyDir, "chain"), { recursive: true });
    await expect(slower).rejects.toMatchObject({ code: "FILE_EXISTS", facts: { what: "backup" } });
    expect((await readdir(folder)).sort()).toEqual(["copy", "data"]);
  });

  it("FILE_UNWRITABLE: a backup", async () => {
    await beginChain();
    await writeFile(join(folder, "file"), "");
    const unwritable = expect.objectContaining({
      code: "FILE_UNWRITABLE",
      facts: expect.objectContaining({ what: "backup" }),
    });
    await expect(db("backup", join(folder, "file", "copy"))).rejects.toEqual(unwritable);
    for (const within of [dataDir, join(dataDir, "chain")])
      await expect(db("backup", join(within, "copy"))).rejects.toEqual(unwritable);
    expect(await readdir(dataDir)).toEqual(["chain"]);
  });

  it("STORE_CORRUPT: an inconsistent backup is deleted", async () => {
    await beginChain();
    await raiseBalance();
    await expect(db("backup", copyDir)).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      facts: { problems: expect.any(Number) },
    });
    expect(await readdir(folder)).toEqual(["data"]);
  });

  it("backs RocksDB up while a node runs", async () => {
    await beginChain(dataDir, "rocksdb");
    const store = await openStore(chainDirectory(dataDir), "rocksdb");
    expect(await db("backup", copyDir)).toMatchObject([{ directory: copyDir, problems: [] }]);
    await store.close();
  });

  it.each(STORE_KINDS)("%s: compact keeps the chain", async (kind) => {
    await beginChain(dataDir, kind);
    const [before] = await db("verify");
    expect(await db("compact")).toMatchObject([{ after: expect.any(Number) }]);
    expect(await db("verify")).toEqual([before]);
  });
});
