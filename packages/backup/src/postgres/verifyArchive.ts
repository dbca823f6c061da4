import { isTrellisError } from "@trellis/base";
import type { BlobStore } from "../repository/BlobStore.ts";
import type { Manifest } from "../repository/Manifest.ts";
import type { Problem } from "../repository/Problem.ts";
import { nameOf, OWNER, type WalArchive } from "../repository/WalArchive.ts";
import { segmentsOf } from "./segmentsOf.ts";

/** Reads every archived file, and looks for the segments that each backup needs. */
export async function verifyArchive(
  backups: readonly Manifest[],
  { store, archive }: { readonly store: BlobStore; readonly archive: WalArchive },
): Promise<Problem[]> {
  const faults = new Map<string, string>();
  const check = async (name: string, action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (!isTrellisError(error, "REPOSITORY_DAMAGED")) throw error;
      faults.set(name, String(error.facts.reason));
    }
  };
  let systemId: string | undefined;
  await check(OWNER, async () => {
    systemId = await archive.systemId();
  });
  const needed = new Map<string, string[]>();
  for (const { id, parts } of backups)
    for (const { cluster } of parts)
      for (const segment of cluster === undefined ? [] : segmentsOf(cluster)) {
        const name = nameOf(cluster!.systemId, segment);
        needed.set(name, [...(needed.get(name) ?? []), id]);
      }
  const found = new Set<string>();
  for await (const name of store.list("wal/")) {
    const [, owner, file] = name.split("/");
    if (owner === undefined || file === undefined) continue;
    found.add(name);
    if (owner !== systemId) faults.set(name, "log of another cluster");
    else await check(name, () => archive.get(owner, file));
  }
  for (const name of needed.keys()) if (!found.has(name)) faults.set(name, "it is missing");
  return [...faults].map(([object, reason]) => ({ object, reason, backups: needed.get(object) ?? [] }));
}
