/** Example: 2026-09-21 14:13:20 UTC */
export function timeText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
