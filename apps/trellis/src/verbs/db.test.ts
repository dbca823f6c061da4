import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hexToBytes, silentLog, silentMetrics } from "@trellis/base";
import { createChain, DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { createEvm } from "@trellis/evm";
import { createLifecycle } from "@trellis/platform/lifecycle";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { devParameters } from "@trellis/protocol";
import { openLmdbStore } from "@trellis/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ServiceIo } from "../cli/VerbIo.ts";
import { chainDirectory } from "../compose/dataDirectory.ts";
import type { DbSettings } from "../config/db.ts";
import { run } from "./db.ts";

const ADDRESS = `0x${"11".repeat(20)}` as const;

let dataDir: string;
let printed: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "trellis-db-"));
  printed = "";
});

afterEach(() => rm(dataDir, { recursive: true }));

/** A chain of nothing but genesis. */
async function beginChain(): Promise<void> {
  const store = await openLmdbStore(chainDirectory(dataDir));
  const parameters = devParameters({ accounts: [{ address: ADDRESS, balance: 1n }] });
  await createChain(
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
  await store.close();
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

  it("verify recomputes what genesis wrote", async () => {
    await beginChain();
    expect(await db("verify")).toMatchObject([{ blocks: 1, accounts: 1, problems: [] }]);
  });

  it("DATA_CORRUPT: a balance that the state root does not know", async () => {
    await beginChain();
    const [entry] = (await db("inspect", "accounts")) as { key: `0x${string}`; value: `0x${string}` }[];
    const store = await openLmdbStore(chainDirectory(dataDir));
    const accountsId = 32;
    const value = hexToBytes(entry!.value.replace("8001a0", "8002a0"));
    await store.write([{ kind: "put", key: Uint8Array.of(accountsId, ...hexToBytes(entry!.key)), value }]);
    await store.close();
    await expect(db("verify")).rejects.toMatchObject({ code: "DATA_CORRUPT" });
    expect(JSON.parse(printed).problems[0]).toContain("state root");
  });

  it("stats counts entries by table", async () => {
    await beginChain();
    const [tables] = (await db("stats")) as { table: string; entries: number }[][];
    expect(tables!.find(({ table }) => table === "headers")).toMatchObject({ entries: 1 });
  });

  it("inspect takes a key prefix; TABLE_UNKNOWN names the tables", async () => {
    await beginChain();
    expect(await db("inspect", "accounts", ADDRESS)).toMatchObject([{ key: ADDRESS }]);
    await expect(db("inspect", "nothing")).rejects.toMatchObject({
      code: "TABLE_UNKNOWN",
      facts: { tables: expect.stringContaining("headers") },
    });
  });

  it("compact leaves the same chain", async () => {
    await beginChain();
    const [before] = await db("verify");
    expect(await db("compact")).toMatchObject([{ after: expect.any(Number) }]);
    expect(await db("verify")).toEqual([before]);
  });
});
