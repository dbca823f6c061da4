import { statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { flush } from "@trellis/backup/files";
import { migrateChain, storedSchema, tableEntries, tableStatistics } from "@trellis/chain";
import { createProgress } from "@trellis/platform/progress";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import {
  type KeyValueStore,
  openStore,
  STORE_FILE,
  type StoreKind,
  storeBytes,
  storeKindIn,
} from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";
import { chainDirectory } from "../../node/dataDirectory.ts";
import { backUp } from "./backUp.ts";
import { bytesText } from "./bytesText.ts";
import type { DbSettings } from "./settings.ts";
import { refuseProblems, verifyChain } from "./verification.ts";

const ENTRIES_SHOWN_MAX = 100;
const COPY_LOOK_MS = 200;

/** The node must be stopped, except for an LMDB backup. */
export async function run(settings: DbSettings, io: ServiceIo): Promise<void> {
  const directory = chainDirectory(settings.dataDir);
  const kind = storeKindIn(directory);
  if (kind === undefined) throw trellisErrors.DATA_DIRECTORY_EMPTY({ dataDir: settings.dataDir });
  const { action } = settings;
  if (action === "backup") return backUp(settings, io);
  const store = await io.lifecycle.start(
    "store",
    () => openStore(directory, kind),
    (opened) => opened.close(),
  );
  const actions: Record<typeof action, () => Promise<void> | void> = {
    stats: () => printStatistics(settings, store, io),
    inspect: () => printEntries(settings, store, io),
    verify: () => printVerification(settings, store, io),
    compact: () => compact(settings, directory, kind, store, io),
    migrate: () => migrate(settings, store, io),
  };
  await actions[action]();
}

function printStatistics({ json }: DbSettings, store: KeyValueStore, { stdout }: ServiceIo): void {
  const tables = tableStatistics(store);
  if (json) {
    stdout.write(`${JSON.stringify(tables)}\n`);
    return;
  }
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
  stdout.write(`${rows.map(lineOf).join("\n")}\n`);
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

function printVerification({ json, dataDir }: DbSettings, store: KeyValueStore, io: ServiceIo): void {
  const { stdout } = io;
  const progress = createProgress({ task: "verify" }, { ...io, clock: systemClock });
  const report = verifyChain(store, progress);
  progress.end();
  if (json) stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const { head, base, blocks, transactions, accounts, slots, problems } = report;
    stdout.write(
      [
        `head      block ${head.number}  ${head.hash}`,
        `state     block ${base.number}  ${base.stateRoot}`,
        `checked   ${blocks} blocks, ${transactions} transactions, ${accounts} accounts, ${slots} slots`,
        problems.length === 0 ? "all content matches its hashes" : `${problems.length} problems:`,
        ...problems.map((problem) => `  ${problem}`),
        "",
      ].join("\n"),
    );
  }
  refuseProblems(report, dataDir);
}

async function compact(
  { json }: DbSettings,
  directory: string,
  kind: StoreKind,
  store: KeyValueStore,
  io: ServiceIo,
): Promise<void> {
  const { stdout } = io;
  const before = storeBytes(directory);
  if (kind === "lmdb") {
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
  const text =
    kind === "lmdb"
      ? `${bytesText(before)} before, ${bytesText(after)} now\n`
      : `${bytesText(before)}: RocksDB compacts by itself, so nothing was done\n`;
  stdout.write(json ? `${JSON.stringify({ before, after })}\n` : text);
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

async function migrate({ json }: DbSettings, store: KeyValueStore, { stdout }: ServiceIo): Promise<void> {
  const steps = await migrateChain(store);
  const schema = storedSchema(store);
  const text =
    steps.length === 0
      ? `the data has schema ${schema} already, which is this version's\n`
      : `${steps.map((step) => `${step}\n`).join("")}the data has schema ${schema} now\n`;
  stdout.write(json ? `${JSON.stringify({ schema, steps })}\n` : text);
}
