import type { ServiceIo } from "@trellis/platform/service";
import { print } from "../printing.ts";
import { locked, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";
import { pruneRepository } from "../work/pruneRepository.ts";

export async function prune(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const { archiveTo } = settings;
  const report = await pruneRepository(settings, access, (what, place, work) =>
    locked(what, place, io, work),
  );
  const archived = archiveTo === "" ? "" : `archived in ${archiveTo} and `;
  print(settings, io, report, [
    `${report.removed.length} backups ${archived}removed, ${report.kept.length} kept`,
  ]);
}
