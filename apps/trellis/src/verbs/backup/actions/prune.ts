import { pruneBackups } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { print } from "../printing.ts";
import { accessTo, locked, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function prune(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const { keepLast: last, keepHourly: hourly, keepDaily: daily } = settings;
  const policy = { last, hourly, daily, weekly: settings.keepWeekly, monthly: settings.keepMonthly };
  const { archiveTo } = settings;
  const report = await locked("prune", access, io, async (ports) => {
    if (archiveTo === "") return pruneBackups(policy, ports);
    const into = await accessTo(archiveTo, settings, access);
    return locked("archiving", into, io, (archive) => pruneBackups(policy, { ...ports, archive }));
  });
  const archived = archiveTo === "" ? "" : `archived in ${archiveTo} and `;
  print(settings, io, report, [
    `${report.removed.length} backups ${archived}removed, ${report.kept.length} kept`,
  ]);
}
