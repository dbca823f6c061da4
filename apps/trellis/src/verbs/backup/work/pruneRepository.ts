import { type BackupPorts, type PruneReport, pruneBackups } from "@trellis/backup";
import { accessTo, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";
import { retentionIn } from "./retentionIn.ts";

type Locked = (
  what: string,
  access: RepositoryAccess,
  work: (ports: BackupPorts) => Promise<PruneReport>,
) => Promise<PruneReport>;

/** Backups go to the archive before they are removed. */
export async function pruneRepository(
  settings: BackupSettings,
  access: RepositoryAccess,
  locked: Locked,
): Promise<PruneReport> {
  const { archiveTo } = settings;
  const policy = retentionIn(settings);
  return locked("prune", access, async (ports) => {
    if (archiveTo === "") return pruneBackups(policy, ports);
    const into = await accessTo(archiveTo, settings, access);
    return locked("archiving", into, (archive) => pruneBackups(policy, { ...ports, archive }));
  });
}
