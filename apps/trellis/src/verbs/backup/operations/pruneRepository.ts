import { type PruneReport, pruneBackups } from "@trellis/backup";
import { trellisErrors } from "../../../errors.ts";
import { accessTo, locked, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";
import { keepsSome, retentionIn } from "./retentionIn.ts";

/** Backups go to the archive before they are removed. */
export async function pruneRepository(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: Parameters<typeof locked>[2],
  signal?: AbortSignal,
): Promise<PruneReport> {
  const { archiveTo } = settings;
  const policy = retentionIn(settings);
  // Without a policy, only the newest backup would stay.
  if (!keepsSome(policy)) throw trellisErrors.USAGE_INVALID({ action: "prune", needed: "a --keep setting" });
  return locked("prune", access, io, async (ports) => {
    if (archiveTo === "") return pruneBackups(policy, { ...ports, signal });
    const into = await accessTo(archiveTo, settings, access);
    return locked("archiving", into, io, (archive) => pruneBackups(policy, { ...ports, archive, signal }));
  });
}
