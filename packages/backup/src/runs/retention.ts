import type { Manifest } from "../repository/Manifest.ts";

/** Numbers of backups to keep. Each hour, day, week or month keeps its newest backup. */
export type Retention = Readonly<Record<"last" | "hourly" | "daily" | "weekly" | "monthly", number>>;

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday; weeks start on Monday (ISO 8601). */
const MONDAY_OFFSET_DAYS = 3;

/** UTC periods. */
const PERIODS: Readonly<Record<Exclude<keyof Retention, "last">, (atMs: number) => string>> = {
  hourly: (atMs) => new Date(atMs).toISOString().slice(0, 13),
  daily: (atMs) => new Date(atMs).toISOString().slice(0, 10),
  weekly: (atMs) => String(Math.floor((Math.floor(atMs / DAY_MS) + MONDAY_OFFSET_DAYS) / 7)),
  monthly: (atMs) => new Date(atMs).toISOString().slice(0, 7),
};

/** Ids of the backups that the policy keeps. The newest by id, which is the last one made, is always kept. */
export function keptBackups(
  backups: readonly Pick<Manifest, "id" | "atMs">[],
  policy: Retention,
): ReadonlySet<string> {
  const newestFirst = backups.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const kept = new Set(newestFirst.slice(0, Math.max(1, policy.last)).map(({ id }) => id));
  for (const [name, periodOf] of Object.entries(PERIODS)) {
    const periods = new Map<string, string>();
    for (const { id, atMs } of newestFirst) {
      const period = periodOf(atMs);
      if (!periods.has(period)) periods.set(period, id);
    }
    for (const id of [...periods.values()].slice(0, policy[name as keyof typeof PERIODS])) kept.add(id);
  }
  return kept;
}
