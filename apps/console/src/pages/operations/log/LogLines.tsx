import { useLayoutEffect, useRef } from "react";
import { Badge, type Tone } from "../../../ui/primitives.tsx";
import type { LineLevel, LogLine } from "./useLogTail.ts";

const TONES: Readonly<Record<LineLevel, Tone>> = {
  debug: "plain",
  info: "info",
  warn: "warn",
  error: "bad",
  fatal: "bad",
};
/** Distance from the end, in CSS pixels, within which the list scrolls to new lines. */
const AT_END_PX = 40;

export function LogLines({ lines }: { readonly lines: readonly LogLine[] }) {
  const frame = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs whenever lines are added
  useLayoutEffect(() => {
    const element = frame.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);
  return (
    <ol
      ref={frame}
      className="log-lines"
      aria-label="Log lines, newest last"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls the list
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
      }}
    >
      {lines.map((line) => (
        <li key={line.position} className={`log-${line.level}`}>
          <time dateTime={new Date(line.timeMs).toISOString()}>{timeText(line.timeMs)}</time>
          <Badge tone={TONES[line.level]}>{line.level}</Badge>
          <span className="log-module">{line.module}</span>
          <span className="log-event">
            {line.event} <Facts facts={line.facts} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function Facts({ facts }: Pick<LogLine, "facts">) {
  const { error, ...others } = facts;
  const entries = Object.entries(others);
  return (
    <>
      {entries.map(([name, fact]) => (
        <span key={name} className="log-fact">
          {name}=<b>{textOf(fact)}</b>{" "}
        </span>
      ))}
      {error !== undefined && (
        <details>
          <summary>{messageOf(error)}</summary>
          <pre>{JSON.stringify(error, null, 2).replaceAll("\\n", "\n")}</pre>
        </details>
      )}
    </>
  );
}

export function textOf(fact: unknown): string {
  return typeof fact === "string" ? fact : JSON.stringify(fact);
}

function messageOf(error: unknown): string {
  const told = error as { readonly code?: unknown; readonly message?: unknown } | null;
  return String(told?.message ?? told?.code ?? textOf(error));
}

function timeText(timeMs: number): string {
  const time = new Date(timeMs);
  const part = (value: number, digits = 2): string => String(value).padStart(digits, "0");
  return `${part(time.getHours())}:${part(time.getMinutes())}:${part(time.getSeconds())}.${part(time.getMilliseconds(), 3)}`;
}
