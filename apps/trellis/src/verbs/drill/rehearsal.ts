import { join } from "node:path";
import { type Manifest, restoreBackup } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { chainTime } from "../backup/chainTime.ts";
import { progressOn } from "../backup/printing.ts";
import { proveRestored } from "../backup/proveRestored.ts";
import { chosen, openRepository, type RepositoryAccess } from "../backup/RepositoryAccess.ts";
import { bytesText } from "../db/bytesText.ts";
import type { DrillRecord } from "./DrillRecord.ts";

interface Rehearsal {
  /** Id or `latest`. */
  readonly backup: string;
  /** Scratch directory. */
  readonly scratch: string;
}

/** Restores an operator's backup and proves it. Starts nothing: a copied validator must not sign. [BACKUP-26] */
export async function rehearse(
  { backup: asked, scratch }: Rehearsal,
  access: RepositoryAccess,
  record: DrillRecord,
  io: ServiceIo,
): Promise<void> {
  const startMs = record.nowMs();
  const { figures } = record;
  const [backup, repository] = await record.step("open the repository", async () => {
    const opened = await openRepository(access);
    return [await chosen(asked, opened), opened] as const;
  });
  const { id, atMs } = backup;
  record.backup = { id, at: new Date(atMs).toISOString(), repository: access.store.place };
  const chainMs = await chainTime(backup, repository);
  figures.recoveryPoints = pointsOf(backup, chainMs, startMs);
  figures.restoredBytes = backup.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const showProgress = progressOn(io);
  const onBytes = (restored: number, total: number): void => {
    io.lifecycle.signal.throwIfAborted();
    showProgress(restored, total);
  };
  let proving = { ms: 0, proofs: [] as readonly string[] };
  const prove = async (directory: string): Promise<void> => {
    const fromMs = record.nowMs();
    const { proofs } = await proveRestored(backup, directory);
    proving = { ms: record.nowMs() - fromMs, proofs };
  };
  const restoreFromMs = record.nowMs();
  await record.step("restore and prove the backup", () =>
    restoreBackup({ backup, target: join(scratch, "restored") }, { repository, prove, onBytes }),
  );
  figures.restoreMs = record.nowMs() - restoreFromMs - proving.ms;
  figures.recoveryTimeMs = record.nowMs() - startMs;
  record.check(
    "all parts are restored",
    [],
    `${backup.parts.length} parts, ${bytesText(figures.restoredBytes)}`,
  );
  const proofs = proving.proofs.length === 0 ? "no chain in the backup" : proving.proofs.join("; ");
  record.check("hashes and state root of each chain are recomputed", [], proofs);
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
