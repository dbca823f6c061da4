import { statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { flush } from "@trellis/backup/files";
import { migrateChain, storedSchema, tableEntries, tableStatistics } from "@trellis/chain";
import { createProgress } from "@trellis/platform/progress";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { type KeyValueStore, openStore, STORE_FILE, storeBytes, storeKindIn } from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";
import { chainDirectory, storedShards } from "../../node/dataDirectory.ts";
import { backUp } from "./backUp.ts";
import { bytesText } from "./bytesText.ts";
import type { DbSettings } from "./settings.ts";
import { refuseProblems, verifyChain } from "./verification.ts";

const ENTRIES_SHOWN_MAX = 100;
const COPY_LOOK_MS = 200;

/** The node must be stopped, except for an LMDB backup. */
export async function run(settings: DbSettings, io: ServiceIo): Promise<void> {
  const { action, dataDir } = settings;
  const kind = storeKindIn(chainDirectory(dataDir));
  if (kind === undefined) throw trellisErrors.DATA_DIRECTORY_EMPTY({ dataDir });
  if (action === "backup") return backUp(settings, io);
  if (action === "inspect") return printEntries(settings, await openAt(dataDir, io), io);
  const faults: unknown[] = [];
  for (const { shard, directory } of storedShards(dataDir)) {
    const print = (json: object | readonly object[], text: string): void => {
      const shown = settings.json ? `${JSON.stringify(ofShard(shard, json))}\n` : text;
      io.stdout.write(shard > 0 && !settings.json ? `\nshard ${shard}\n${shown}` : shown);
    };
    const opened = { directory, store: await openAt(directory, io), print };
    // Others are verified nevertheless.
    await ACTIONS[action](opened, io).catch((fault) => faults.push(fault));
  }
  if (faults.length > 0) throw faults[0];
}

interface Opened {
  /** Like the data directory of a node. */
  readonly directory: string;
  readonly store: KeyValueStore;
  readonly print: (json: object | readonly object[], text: string) => void;
}

const ACTIONS = {
  stats: async (opened: Opened) => printStatistics(opened),
  verify: async (opened: Opened, io: ServiceIo) => printVerification(opened, io),
  compact,
  migrate,
};

/** Shard 0's results are those of a network with one shard. */
function ofShard(shard: number, json: object | readonly object[]): object {
  if (shard === 0) return json;
  return Array.isArray(json) ? json.map((row) => ({ shard, ...row })) : { shard, ...json };
}

function openAt(dataDir: string, { lifecycle }: ServiceIo): Promise<KeyValueStore> {
  const directory = chainDirectory(dataDir);
  return lifecycle.start(
    "store",
    () => openStore(directory, storeKindIn(directory)!),
    (opened) => opened.close(),
  );
}

function printStatistics({ store, print }: Opened): void {
  const tables = tableStatistics(store);
  const rows = [
    ["table", "entries", "keys", "values"],
    ...tables.map(({ table, entries, keyBytes, valueBytes }) => [
      table,
      entries.toLocaleString("en"),
      bytesText(keyBytes),
      bytesText(valueBytes),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  ");
  print(tables, `${rows.map(lineOf).join("\n")}\n`);
}

function printEntries(
  { json, arguments: [table, prefix] }: DbSettings,
  store: KeyValueStore,
  { stdout }: ServiceIo,
): void {
  for (const [key, value] of tableEntries(store, table!, prefix ?? "0x", ENTRIES_SHOWN_MAX)) {
    stdout.write(json ? `${JSON.stringify({ key, value })}\n` : `${key}  ${value}\n`);
  }
}

function printVerification({ directory, store, print }: Opened, io: ServiceIo): void {
  const progress = createProgress({ task: "verify" }, { ...io, clock: systemClock });
  const report = verifyChain(store, progress);
  progress.end();
  const { head, base, blocks, transactions, accounts, slots, problems } = report;
  const lines = [
    `head      block ${head.number}  ${head.hash}`,
    `state     block ${base.number}  ${base.stateRoot}`,
    `checked   ${blocks} blocks, ${transactions} transactions, ${accounts} accounts, ${slots} slots`,
    problems.length === 0 ? "all content matches its hashes" : `${problems.length} problems:`,
    ...problems.map((problem) => `  ${problem}`),
    "",
  ];
  print(report, lines.join("\n"));
  refuseProblems(report, directory);
}

async function compact({ directory: dataDir, store, print }: Opened, io: ServiceIo): Promise<void> {
  const directory = chainDirectory(dataDir);
  const isLmdb = storeKindIn(directory) === "lmdb";
  const before = storeBytes(directory);
  if (isLmdb) {
    const copy = join(directory, "compacted");
    await rm(copy, { recursive: true, force: true });
    const watched = watchCopy(copy, before, io);
    await store.backup(copy).finally(watched.stop);
    await store.close();
    // A rename can become durable before the data.
    await flush(join(copy, STORE_FILE));
    await rename(join(copy, STORE_FILE), join(directory, STORE_FILE));
    await flush(directory);
    await rm(copy, { recursive: true });
  }
  const after = storeBytes(directory);
  const text = isLmdb
    ? `${bytesText(before)} before, ${bytesText(after)} now\n`
    : `${bytesText(before)}: RocksDB compacts by itself, so nothing was done\n`;
  print({ before, after }, text);
}

/** A compacted copy is at most as large as the store. */
function watchCopy(copy: string, bytes: number, io: ServiceIo): { stop(): void } {
  const progress = createProgress({ task: "compact", text: bytesText }, { ...io, clock: systemClock });
  const file = join(copy, STORE_FILE);
  const size = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const looks = repeat(systemScheduler, COPY_LOOK_MS, () => progress.report("copy", size(), bytes));
  return {
    stop() {
      looks.stop();
      progress.end();
    },
  };
}

async function migrate({ store, print }: Opened): Promise<void> {
  const steps = await migrateChain(store);
  const schema = storedSchema(store);
  const text =
    steps.length === 0
      ? `the data has schema ${schema} already, which is this version's\n`
      : `${steps.map((step) => `${step}\n`).join("")}the data has schema ${schema} now\n`;
  print({ schema, steps }, text);
}
