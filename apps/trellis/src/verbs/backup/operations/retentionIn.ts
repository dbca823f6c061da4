import type { Retention } from "@trellis/backup";
import type { BackupSettings } from "../settings.ts";

export function retentionIn(settings: BackupSettings): Retention {
  const { keepLast: last, keepHourly: hourly, keepDaily: daily } = settings;
  return { last, hourly, daily, weekly: settings.keepWeekly, monthly: settings.keepMonthly };
}

export function keepsSome(policy: Retention): boolean {
  return Object.values(policy).some((count) => count > 0);
}
