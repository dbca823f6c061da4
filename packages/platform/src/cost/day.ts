export const DAY_MS = 86_400_000;

/** UTC, `2026-11-25`. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, "2026-11-25".length);
}

/** ms since the Unix epoch. */
export function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function dayAfter(day: string, count = 1): string {
  return dayOf(startOf(day) + count * DAY_MS);
}

/** `2026-11` */
export function monthOf(day: string): string {
  return day.slice(0, "2026-11".length);
}

export function daysOfMonth(day: string): number {
  const [year, month] = day.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

export function dayOfMonth(day: string): number {
  return Number(day.slice("2026-11-".length));
}
