import type { ServiceIo } from "@trellis/platform/service";
import { pruneRepository } from "../operations/pruneRepository.ts";
import { print } from "../printing.ts";
import type { RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function prune(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const { archiveTo } = settings;
  const report = await pruneRepository(settings, access, io);
  const archived = archiveTo === "" ? "" : `archived in ${archiveTo} and `;
  print(settings, io, report, [
    `${report.removed.length} backups ${archived}removed, ${report.kept.length} kept`,
  ]);
}
