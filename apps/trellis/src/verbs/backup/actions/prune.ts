import { pruneBackups } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { print } from "../printing.ts";
import { locked, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function prune(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const { keepLast: last, keepHourly: hourly, keepDaily: daily } = settings;
  const policy = { last, hourly, daily, weekly: settings.keepWeekly, monthly: settings.keepMonthly };
  const report = await locked("prune", access, io, (ports) => pruneBackups(policy, ports));
  print(settings, io, report, [`${report.removed.length} backups removed, ${report.kept.length} kept`]);
}
