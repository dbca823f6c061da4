import type { LogLine, LogPage, LogQuery, LogTail } from "./LogTail.ts";
import type { WrittenLevel } from "./ProcessLog.ts";

export interface LogTailOptions {
  readonly linesMax: number;
  /** Lines longer than a sixteenth of this lose their facts. */
  readonly charactersMax: number;
}

const LOG_TAIL_OPTIONS: LogTailOptions = { linesMax: 4_000, charactersMax: 2_097_152 };

const LEVELS = ["debug", "info", "warn", "error", "fatal"] as const satisfies readonly WrittenLevel[];
const LONG_SHARE = 16;

export function createLogTail({ linesMax, charactersMax }: LogTailOptions = LOG_TAIL_OPTIONS): LogTail {
  const lines: string[] = [];
  let characters = 0;
  let position = 0;

  return {
    write(line) {
      const kept = line.length > charactersMax / LONG_SHARE ? withoutFacts(line) : line;
      lines.push(kept);
      characters += kept.length;
      position++;
      while (lines.length > linesMax || characters > charactersMax) characters -= lines.shift()!.length;
    },
    read(query) {
      const before = position - lines.length;
      return query.after === undefined
        ? { items: newest(lines, before, query), next: position, missedCount: 0 }
        : following(lines, before, query.after, query);
    },
  };
}

function newest(lines: readonly string[], before: number, query: LogQuery): LogLine[] {
  const items: LogLine[] = [];
  for (let index = lines.length - 1; index >= 0 && items.length < query.limit; index--) {
    const line = lineOf(lines[index]!, before + index + 1);
    if (isWanted(line, query)) items.push(line);
  }
  return items.reverse();
}

function following(lines: readonly string[], before: number, after: number, query: LogQuery): LogPage {
  const items: LogLine[] = [];
  const newestPosition = before + lines.length;
  // `after` is from an earlier process, so all lines are new.
  const asked = after > newestPosition ? before : after;
  let next = Math.max(asked, before);
  while (next < newestPosition && items.length < query.limit) {
    next++;
    const line = lineOf(lines[next - before - 1]!, next);
    if (isWanted(line, query)) items.push(line);
  }
  return { items, next, missedCount: Math.max(0, before - asked) };
}

function isWanted(
  { level, module }: LogLine,
  { level: least = "debug", module: below = "" }: LogQuery,
): boolean {
  if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return false;
  return below === "" || module === below || module.startsWith(`${below}.`);
}

function lineOf(text: string, position: number): LogLine {
  const {
    level,
    time,
    module = "",
    msg,
    ...facts
  } = JSON.parse(text) as {
    readonly level: WrittenLevel;
    readonly time: string;
    readonly module?: string;
    readonly msg: string;
  };
  return { position, timeMs: Date.parse(time), level, module, event: msg, facts };
}

function withoutFacts(text: string): string {
  const { level, time, module, msg } = JSON.parse(text) as Record<string, unknown>;
  const event = String(msg).slice(0, 1_024);
  return JSON.stringify({ level, time, module, msg: event, factsLeftOut: text.length });
}
