import { useEffect, useRef, useState } from "react";
import { callService } from "../callService.ts";
import { pathOf, type ServiceName } from "../services.ts";

export const LINE_LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
export type LineLevel = (typeof LINE_LEVELS)[number];

export interface LogLine {
  readonly position: number;
  readonly timeMs: number;
  readonly level: LineLevel;
  readonly module: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface LogPage {
  readonly items: readonly LogLine[];
  readonly next: number;
  readonly missedCount: number;
}

interface LogChoice {
  readonly service: ServiceName;
  readonly level: LineLevel;
  /** Empty for all modules. */
  readonly module: string;
}

interface LogTail {
  readonly lines: readonly LogLine[];
  readonly missedCount: number;
  /** Time of the last answer, in ms since the Unix epoch; 0 before the first answer. */
  readonly heardAtMs: number;
  readonly error: Error | null;
}

const EVERY_MS = 1_000;
const LINES_AT_ONCE = 500;
const LINES_MAX = 2_000;
const NOTHING: LogTail = { lines: [], missedCount: 0, heardAtMs: 0, error: null };

/** Resumes after a pause if the service still has the lines. */
export function useLogTail({ service, level, module }: LogChoice, isPaused: boolean): LogTail {
  const [tail, setTail] = useState<LogTail>(NOTHING);
  /** A pause keeps the position; a new filter does not. */
  const read = useRef({ choice: "", next: 0 });

  useEffect(() => {
    if (isPaused) return;
    const choice = JSON.stringify([service, level, module]);
    const ending = new AbortController();
    const { signal } = ending;
    const ask = async (): Promise<void> => {
      const after = read.current.choice === choice ? read.current.next : undefined;
      try {
        const page = await callService<LogPage>(targetOf({ service, level, module }, after), { signal });
        read.current = { choice, next: page.next };
        setTail((known) => joined(after === undefined ? NOTHING : known, page));
      } catch (error) {
        if (signal.aborted) return;
        setTail((known) => ({ ...known, error: error as Error }));
      }
      if (!signal.aborted) timer = setTimeout(() => void ask(), EVERY_MS);
    };
    let timer = setTimeout(() => void ask(), 0);
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [service, level, module, isPaused]);
  return tail;
}

function targetOf({ service, level, module }: LogChoice, after: number | undefined): string {
  const query = new URLSearchParams({ level, limit: String(LINES_AT_ONCE) });
  if (module !== "") query.set("module", module);
  if (after !== undefined) query.set("after", String(after));
  return `${pathOf(service)}/operations/log?${query}`;
}

function joined(known: LogTail, { items, missedCount }: LogPage): LogTail {
  return {
    lines: items.length === 0 ? known.lines : [...known.lines, ...items].slice(-LINES_MAX),
    missedCount: known.missedCount + missedCount,
    heardAtMs: Date.now(),
    error: null,
  };
}
