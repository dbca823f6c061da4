import type { LogFacts } from "@trellis/base";

/** A log line, for code that runs without a log. */
export function eventLine(msg: string, facts: LogFacts, nowMs: number): string {
  return `${JSON.stringify({ level: "info", time: new Date(nowMs).toISOString(), ...facts, msg })}\n`;
}
