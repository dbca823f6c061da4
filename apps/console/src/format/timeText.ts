/** Example: `22 Nov 2026, 11:16:51 UTC`. @param ms since the Unix epoch */
export function timeText(ms: number): string {
  return FORMAT.format(ms);
}

const FORMAT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});
