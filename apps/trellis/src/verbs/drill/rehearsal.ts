import { rm } from "node:fs/promises";
import { join } from "node:path";
import { bytesOf, type Manifest, restoreBackup } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { chainTime } from "../backup/chainTime.ts";
import { restoreProgress } from "../backup/printing.ts";
import { proveRestored } from "../backup/proving/proveRestored.ts";
import { chosen, openRepository, type RepositoryAccess } from "../backup/RepositoryAccess.ts";
import { bytesText } from "../db/bytesText.ts";
import type { DrillRecord } from "./DrillRecord.ts";

interface Rehearsal {
  /** Id or `latest`. */
  readonly backup: string;
  /** Scratch directory. */
  readonly scratch: string;
  /** Of the names of steps, checks and figures. */
  readonly suffix: string;
}

/** Restores an operator's backup and proves it. Starts nothing: a copied validator must not sign. [BACKUP-26] */
export async function rehearse(
  { backup: asked, scratch, suffix }: Rehearsal,
  access: RepositoryAccess,
  record: DrillRecord,
  io: ServiceIo,
): Promise<void> {
  const startMs = record.nowMs();
  const { figures } = record;
  const [backup, repository] = await record.step(`open the repository${suffix}`, async () => {
    const opened = await openRepository(access);
    return [await chosen(asked, opened), opened] as const;
  });
  const { id, atMs } = backup;
  record.backup ??= { id, at: new Date(atMs).toISOString(), repository: access.store.place };
  const chainMs = await chainTime(backup, repository);
  for (const [part, point] of Object.entries(pointsOf(backup, chainMs, startMs)))
    figures.recoveryPoints[`${part}${suffix}`] = point;
  const bytes = bytesOf(backup);
  const progress = restoreProgress(io);
  const onBytes = (done: number, total: number): void => {
    io.lifecycle.signal.throwIfAborted();
    progress.report("bytes", done, total);
  };
  let proving = { ms: 0, proofs: [] as readonly string[] };
  const prove = async (directory: string): Promise<void> => {
    const fromMs = record.nowMs();
    const { proofs } = await proveRestored(backup, directory);
    proving = { ms: record.nowMs() - fromMs, proofs };
  };
  const restored = join(scratch, "restored");
  const restoreFromMs = record.nowMs();
  await record.step(`restore and prove the backup${suffix}`, () =>
    restoreBackup({ backup, target: restored }, { repository, prove, onBytes }).finally(progress.end),
  );
  figures.restoredBytes = (figures.restoredBytes ?? 0) + bytes;
  figures.restoreMs = (figures.restoreMs ?? 0) + record.nowMs() - restoreFromMs - proving.ms;
  figures.recoveryTimeMs = Math.max(figures.recoveryTimeMs ?? 0, record.nowMs() - startMs);
  record.check(
    `all parts are restored${suffix}`,
    [],
    `${backup.parts.length} parts of ${id}, ${bytesText(bytes)}`,
  );
  const proofs = proving.proofs.length === 0 ? "no chain in the backup" : proving.proofs.join("; ");
  record.check(`hashes and state root of each chain are recomputed${suffix}`, [], proofs);
  await rm(restored, { recursive: true, force: true });
}

function pointsOf({ parts, atMs }: Manifest, chainMs: number, nowMs: number) {
  const point = (restoredMs: number) => ({
    lostMs: Math.max(0, nowMs - restoredMs),
    writes: 0,
    lostWrites: 0,
  });
  const hasDatabase = parts.some(({ log }) => log !== undefined);
  return { "chain and files": point(chainMs), ...(hasDatabase && { databases: point(atMs) }) };
}
