import { existsSync, lstatSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { flush, flushTree } from "@trellis/backup/files";
import { isTrellisError } from "@trellis/base";
import type { StoreReport } from "@trellis/chain";
import type { ServiceIo } from "@trellis/platform/service";
import { copyStore, openStore, storeBytes, storeKindIn } from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";
import { chainDirectory, forkFile, shardDirectory, storedShards } from "../../node/dataDirectory.ts";
import { bytesText } from "./bytesText.ts";
import { requireOutside } from "./requireOutside.ts";
import type { DbSettings } from "./settings.ts";
import { refuseProblems, verifyChain } from "./verification.ts";

/** The node may be running. The backup omits keys, votes and derived data. */
export async function backUp(
  { dataDir, json, arguments: [asked] }: DbSettings,
  { lifecycle, stdout }: ServiceIo,
): Promise<void> {
  const target = resolve(asked!);
  await writing(target, () => requireFree(target));
  const partial = await lifecycle.start(
    "partial backup",
    () => writing(target, () => makeBeside(target, dataDir)),
    (path) => rm(path, { recursive: true, force: true }),
  );
  const places = storedShards(dataDir).map(({ shard, directory }) => {
    return { shard, from: directory, to: shard === 0 ? partial : shardDirectory(partial, shard) };
  });
  // At once, from shard 0 on: its records must not be newer than the blocks that they name.
  await Promise.all(places.map(({ from, to }) => copyStore(chainDirectory(from), chainDirectory(to))));
  const copies: ShardCopy[] = [];
  for (const { shard, from, to } of places) {
    const report = await verified(chainDirectory(to), from);
    copies.push({ shard, bytes: storeBytes(chainDirectory(to)), ...report });
  }
  if (existsSync(forkFile(dataDir)))
    await writing(target, () => copyFile(forkFile(dataDir), forkFile(partial)));
  await writing(target, () => giveName(partial, target));
  stdout.write(json ? `${JSON.stringify(jsonOf(target, copies))}\n` : textOf(target, copies));
}

interface ShardCopy extends StoreReport {
  readonly shard: number;
  readonly bytes: number;
}

function jsonOf(directory: string, copies: readonly ShardCopy[]): object {
  const [{ shard: _, ...own }, ...shards] = copies as [ShardCopy, ...ShardCopy[]];
  return { directory, ...own, ...(shards.length > 0 && { shards }) };
}

function textOf(target: string, copies: readonly ShardCopy[]): string {
  const bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
  const lines = copies.flatMap(({ shard, head, base }) => [
    ...(shard === 0 ? [] : [`shard ${shard}`]),
    `head   block ${head.number}  ${head.hash}`,
    `state  block ${base.number}  ${base.stateRoot}`,
  ]);
  return [`${target}: ${bytesText(bytes)}, verified`, ...lines, ""].join("\n");
}

/** A dangling link counts as existing. */
async function requireFree(target: string): Promise<void> {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found !== undefined) throw trellisErrors.FILE_EXISTS({ what: "backup", directory: target });
}

async function makeBeside(target: string, dataDir: string): Promise<string> {
  await mkdir(dirname(target), { recursive: true });
  await requireOutside("backup", dirname(target), dataDir);
  return mkdtemp(join(dirname(target), `.${basename(target)}.partial-`));
}

async function verified(chain: string, dataDir: string): Promise<StoreReport> {
  const store = await openStore(chain, storeKindIn(chain)!);
  try {
    const report = verifyChain(store);
    refuseProblems(report, dataDir);
    return report;
  } finally {
    await store.close();
  }
}

/** After a power failure, the backup is complete or absent. */
async function giveName(partial: string, target: string): Promise<void> {
  await flushTree(partial);
  await rename(partial, target).catch((cause: NodeJS.ErrnoException) => {
    // A concurrent backup has taken the name.
    const isTaken = ["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(cause.code ?? "");
    throw isTaken ? trellisErrors.FILE_EXISTS({ what: "backup", directory: target }, cause) : cause;
  });
  await flush(dirname(target));
}

async function writing<T>(directory: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (isTrellisError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw trellisErrors.FILE_UNWRITABLE({ what: "backup", directory, reason }, cause);
  }
}
