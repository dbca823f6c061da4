import { readdir } from "node:fs/promises";
import { silentLog, silentMetrics } from "@trellis/base";
import { createChain, DEFAULT_MEMPOOL_LIMITS, storedSchema } from "@trellis/chain";
import { createEvm } from "@trellis/evm";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { devParameters } from "@trellis/protocol";
import { type KeyValueStore, openStore } from "@trellis/storage";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { chainDirectory } from "../../node/dataDirectory.ts";
import { backupDefinition } from "./settings.ts";
import { BackupBench } from "./testing/BackupBench.ts";

const SCHEMA_KEY = Uint8Array.of(1, ...new TextEncoder().encode("schema"));

let bench: BackupBench;

beforeEach(async () => {
  bench = await BackupBench.open();
  await bench.newRepository();
  await inStore(bench.at("data"), async (store) => {
    await createChain(
      { parameters: devParameters({ accounts: [] }), shard: 0, isArchive: true },
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
  });
});
afterEach(() => bench.close());

async function inStore<T>(dataDir: string, work: (store: KeyValueStore) => Promise<T>): Promise<T> {
  const store = await openStore(chainDirectory(dataDir), "lmdb");
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function backUpWithSchema(version: number): Promise<void> {
  const value = Uint8Array.of(version);
  await inStore(bench.at("data"), (store) => store.write([{ kind: "put", key: SCHEMA_KEY, value }]));
  await bench.json({}, "run");
}

it("SCHEMA_UNSUPPORTED: data of a newer release does not get its name", async () => {
  await backUpWithSchema(9);
  for (const command of [
    ["restore", "latest", bench.at("restored")],
    ["verify", "latest"],
  ])
    await expect(bench.json({}, ...command)).rejects.toMatchObject({
      code: "SCHEMA_UNSUPPORTED",
      facts: { reason: "newer than this version", stored: 9 },
    });
  expect((await readdir(bench.folder)).sort()).toEqual(["data", "passphrase", "repository"]);
});

it("BACKUP-11: data of an older release is migrated and proven", async () => {
  await backUpWithSchema(1);
  const { proofs } = await bench.json({}, "restore", "latest", bench.at("restored"));
  expect(proofs).toEqual([expect.stringContaining("head 0")]);
  expect(await inStore(bench.at("restored"), async (store) => storedSchema(store))).toBe(2);
  expect(await inStore(bench.at("data"), async (store) => storedSchema(store))).toBe(1);
});

it("any --at is a time or refused", async () => {
  const part = fc.constantFrom(
    "2026-11-25T09:30:00Z",
    "2026-02-30",
    "T25:00:00",
    "Z",
    "2026-13-01T00:00:00Z",
    "9",
  );
  const text = fc.oneof(
    fc.string(),
    part,
    fc.array(part).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (at) => {
      const { success } = backupDefinition.settings.at.type.safeParse(at);
      if (success && at !== "" && !/^(lsn|xid|name):/.test(at))
        expect(new Date(Date.parse(at)).toISOString()).toHaveLength(24);
    }),
    { numRuns: 1_000 },
  );
  const accepts = (at: string): boolean => backupDefinition.settings.at.type.safeParse(at).success;
  expect(["", "2026-11-25T09:30:00.5Z", "2026-13-01T00:00:00Z", "2026-11-25"].map(accepts)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
