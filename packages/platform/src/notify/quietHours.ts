import { platformErrors } from "../errors.ts";
import type { QuietHours } from "./Notification.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** Advances by minutes, because a day can have 23 or 25 hours. */
export function endOfQuiet(quiet: QuietHours | undefined, nowMs: number): number {
  if (quiet === undefined) return nowMs;
  const from = minuteOfDay(quiet.from);
  const to = minuteOfDay(quiet.to);
  const isQuiet = (atMs: number): boolean => {
    const minute = localMinute(atMs, quiet.timeZone);
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  };
  if (!isQuiet(nowMs)) return nowMs;
  let atMs = nowMs - (nowMs % MINUTE_MS);
  for (let step = 0; step < 2 * DAY_MINUTES && isQuiet(atMs); step++) atMs += MINUTE_MS;
  return atMs;
}

export function requireQuietHours({ from, to, timeZone }: QuietHours): void {
  const isValid = [from, to].every((text) => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text)) && from !== to;
  if (!isValid || !isTimeZone(timeZone))
    throw platformErrors.CONFIG_FILE_UNREADABLE({
      reason: "invalid rule",
      file: "notification rules",
      from,
      to,
      timeZone,
    });
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone });
    return true;
  } catch {
    return false;
  }
}

function minuteOfDay(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localMinute(atMs: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(timeZone, format);
  }
  return minuteOfDay(format.format(atMs));
}
