/** Times of a schedule, ms since the Unix epoch. */
export interface Occurrences {
  /** Before `lastMs`. */
  readonly formerMs: number;
  readonly lastMs: number;
  readonly nextMs: number;
}

export async function lastOccurrence(cron: string, now: Date): Promise<Date> {
  return (await parsed(cron, now.getTime() + 1)).prev().toDate();
}

/** Around `nowMs`. @param cron in UTC */
export async function occurrencesOf(cron: string, nowMs: number): Promise<Occurrences> {
  const back = await parsed(cron, nowMs + 1);
  const lastMs = back.prev().getTime();
  const formerMs = back.prev().getTime();
  return { formerMs, lastMs, nextMs: (await parsed(cron, nowMs)).next().getTime() };
}

async function parsed(cron: string, currentMs: number) {
  const { CronExpressionParser } = await import("cron-parser");
  return CronExpressionParser.parse(cron, { tz: "UTC", currentDate: new Date(currentMs) });
}
