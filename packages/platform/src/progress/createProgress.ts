import type { Clock, Log } from "@trellis/base";
import type { Output } from "../service/ServiceIo.ts";

export interface Progress {
  /** Without `total`, there is no estimate. */
  report(phase: string, done: number, total?: number): void;
  /** Removes the line from the terminal. */
  end(): void;
}

export interface ProgressOptions {
  readonly task: string;
  /** Default: counts. */
  readonly text?: (amount: number) => string;
  /** Between log events; 0: an event per report. Default: 10 s. */
  readonly logMs?: number;
}

interface ProgressPorts {
  readonly stderr: Output;
  readonly log: Pick<Log, "info">;
  readonly clock: Clock;
}

const DRAW_MS = 100;
const LOG_MS = 10_000;
/** Earlier estimates are mostly wrong. */
const ESTIMATE_MS = 1_000;
/** Lines end with a carriage return, so that log lines overwrite them. */
const CLEAR = "\r\x1b[K";

/** Shows one line on a terminal; elsewhere logs `task.progress`. */
export function createProgress(
  { task, text = counted, logMs = LOG_MS }: ProgressOptions,
  { stderr, log, clock }: ProgressPorts,
): Progress {
  const { isTerminal } = stderr;
  const intervalMs = isTerminal ? DRAW_MS : logMs;
  const beganMs = clock.nowMs();
  let shown = { ms: isTerminal ? Number.NEGATIVE_INFINITY : beganMs, phase: "" };
  let phaseBegan = { ms: beganMs, phase: "", done: 0 };
  return {
    report(phase, done, total) {
      const nowMs = clock.nowMs();
      if (phase !== phaseBegan.phase) phaseBegan = { ms: nowMs, phase, done };
      const isNew = isTerminal && phase !== shown.phase;
      if (!isNew && nowMs - shown.ms < intervalMs) return;
      shown = { ms: nowMs, phase };
      const remainingS = estimate(nowMs - phaseBegan.ms, done - phaseBegan.done, done, total);
      if (isTerminal) stderr.write(`${CLEAR}${lineOf({ task, phase, done, total, remainingS }, text)}\r`);
      else log.info("task.progress", { task, phase, done, total, remainingS });
    },
    end() {
      if (isTerminal) stderr.write(CLEAR);
    },
  };
}

function estimate(elapsedMs: number, made: number, done: number, total: number | undefined) {
  if (total === undefined || made <= 0 || elapsedMs < ESTIMATE_MS) return undefined;
  return Math.ceil((elapsedMs / made) * (Math.max(0, total - done) / 1_000));
}

interface Shown {
  readonly task: string;
  readonly phase: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly remainingS: number | undefined;
}

function lineOf({ task, phase, done, total, remainingS }: Shown, text: (amount: number) => string): string {
  const whole = total === undefined ? "" : ` of ${text(total)}`;
  const percent = total === undefined || total === 0 ? "" : `, ${Math.floor((done / total) * 100)} %`;
  const remaining = remainingS === undefined ? "" : `, about ${durationText(remainingS)} left`;
  return `${task}: ${phase}, ${text(done)}${whole}${percent}${remaining}`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

const counted = (amount: number): string => amount.toLocaleString("en");
