import { existsSync, lstatSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { flush, flushTree } from "@trellis/backup/files";
import { isTrellisError } from "@trellis/base";
import type { StoreReport } from "@trellis/chain";
import type { ServiceIo } from "@trellis/platform/service";
import { copyStore, openStore, storeBytes, storeKindIn } from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";
import { chainDirectory, forkFile } from "../../node/dataDirectory.ts";
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
  const chain = chainDirectory(partial);
  await copyStore(chainDirectory(dataDir), chain);
  const report = await verified(chain, dataDir);
  if (existsSync(forkFile(dataDir)))
    await writing(target, () => copyFile(forkFile(dataDir), forkFile(partial)));
  const bytes = storeBytes(chain);
  await writing(target, () => giveName(partial, target));
  const { head, base } = report;
  stdout.write(
    json
      ? `${JSON.stringify({ directory: target, bytes, ...report })}\n`
      : `${target}: ${bytesText(bytes)}, verified\nhead   block ${head.number}  ${head.hash}\nstate  block ${base.number}  ${base.stateRoot}\n`,
  );
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
