import { z } from "zod";

const EXPECTED = "a schedule of five fields, in UTC: minute, hour, day, month, weekday";
/** Weekdays 0 and 7 are Sunday. */
const FIELDS: readonly (readonly [number, number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];
const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Numeric schedules, such as `30 2 * * 1-5`. Refuses dates that never occur. */
export const cron: z.ZodType<string> = z.string({ error: EXPECTED }).refine(isSchedule, { error: EXPECTED });

function isSchedule(text: string): boolean {
  const fields = text.split(" ");
  if (fields.length !== FIELDS.length) return false;
  if (!FIELDS.every(([min, max], index) => fields[index]!.split(",").every((part) => isPart(part, min, max))))
    return false;
  const [, , days, months, weekdays] = fields;
  return weekdays !== "*" || hasDay(days!, months!);
}

function isPart(text: string, min: number, max: number): boolean {
  const read = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(text);
  if (read === null) return false;
  const [, from, to, step] = read;
  const [first, last] = [Number(from ?? min), Number(to ?? from ?? max)];
  if (step !== undefined && (Number(step) < 1 || (from !== undefined && to === undefined))) return false;
  return first >= min && last <= max && first <= last;
}

function hasDay(days: string, months: string): boolean {
  const least = Math.min(...days.split(",").map((part) => Number.parseInt(part.replace("*", "1"), 10)));
  return DAYS_OF_MONTH.some((count, index) => isIn(index + 1, months) && least <= count);
}

function isIn(month: number, field: string): boolean {
  return field.split(",").some((part) => {
    const [range = "*", step = "1"] = part.split("/");
    const [from, to = from] = range === "*" ? [1, 12] : range.split("-").map(Number);
    return month >= from! && month <= to! && (month - from!) % Number(step) === 0;
  });
}
