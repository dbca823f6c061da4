import { isTrellisError } from "@trellis/base";
import type { BlobStore } from "../repository/BlobStore.ts";
import type { Problem } from "../repository/Problem.ts";
import type { Repository } from "../repository/Repository.ts";
import { UNKNOWN, verifyBackup } from "./verifyRepository.ts";

interface Ports {
  readonly store: BlobStore;
  /** Opened after the verification. */
  readonly reopened: Repository;
}

/** Drops findings about what other runs have added, replaced or pruned during the verification. */
export async function confirmProblems(
  problems: readonly Problem[],
  { store, reopened }: Ports,
): Promise<Problem[]> {
  const packs = reopened.chunks.packs();
  const confirmed: Problem[] = [];
  for (const problem of problems) {
    const { object, reason, backups } = problem;
    if (object.startsWith("wal/")) {
      if (await isArchiveDamaged(problem, { store, reopened })) confirmed.push(problem);
      continue;
    }
    if (backups.length > 0 && !(await isAnyDamaged(backups, reopened))) continue;
    if (reason === UNKNOWN && (await store.get(object)) === undefined) continue;
    const isPack = backups.length === 0 && object.startsWith("packs/");
    if (isPack && reason !== UNKNOWN && !packs.has(object)) continue;
    confirmed.push(problem);
  }
  return confirmed;
}

/** A prune may have removed the file, with the backups that needed it. */
async function isArchiveDamaged({ object, backups }: Problem, { store, reopened }: Ports): Promise<boolean> {
  if (backups.length === 0) return (await store.get(object)) !== undefined;
  const listed = await reopened.listed();
  return backups.some((id) => listed.includes(id));
}

/** A verification has not seen the chunks of later backups. */
async function isAnyDamaged(ids: readonly string[], reopened: Repository): Promise<boolean> {
  const listed = await reopened.listed();
  for (const id of ids.filter((one) => listed.includes(one)))
    try {
      await verifyBackup(await reopened.backup(id), reopened);
    } catch (error) {
      if (!isTrellisError(error, "REPOSITORY_DAMAGED")) throw error;
      // A log backup may have replaced it meanwhile.
      if ((await reopened.listed()).includes(id)) return true;
    }
  return false;
}
