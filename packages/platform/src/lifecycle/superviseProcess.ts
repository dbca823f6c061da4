import type { Log, LogFacts, Scheduler } from "@trellis/base";
import type { Lifecycle } from "./Lifecycle.ts";

/** The part of `process` that supervision uses. */
export interface ProcessPort extends Pick<NodeJS.EventEmitter, "on"> {
  exit(code: number): void;
}

export interface SupervisionOptions {
  readonly lifecycle: Lifecycle;
  readonly log: Log & { fatal(event: string, facts?: LogFacts): void };
  readonly scheduler: Scheduler;
  readonly process: ProcessPort;
  /** How long an ordered stop may take before the process ends anyway. */
  readonly deadlineMs?: number;
}

/** Under the 5 s that operators are promised, with room for the exit itself. */
export const STOP_DEADLINE_MS = 4_500;

/** As shells report a process that a signal ended: 128 + the signal's number. */
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

/**
 * Gives the process its end: the first SIGINT or SIGTERM stops in order and exits 0, a second one ends at
 * once, as does the deadline (exit 1); an error that nobody caught is logged as fatal and exits 1.
 */
export function superviseProcess(options: SupervisionOptions): void {
  const { lifecycle, log, scheduler, deadlineMs = STOP_DEADLINE_MS } = options;
  let signals = 0;
  let isEnding = false;

  function end(reason: string, exitCode: number): void {
    if (isEnding) return;
    isEnding = true;
    scheduler.after(deadlineMs, () => {
      log.fatal("services did not stop in time", { deadlineMs });
      options.process.exit(1);
    });
    lifecycle.stop(reason).then(
      () => options.process.exit(exitCode),
      () => options.process.exit(1),
    );
  }

  function onSignal(signal: StopSignal): void {
    signals += 1;
    if (signals === 1) {
      end(signal, 0);
      return;
    }
    log.warn("second signal: the process ends at once", { signal });
    options.process.exit(SIGNAL_EXIT_CODES[signal]);
  }

  function onUncaught(error: unknown): void {
    log.fatal("uncaught error", { error: error instanceof Error ? error : String(error) });
    end("uncaught error", 1);
  }

  options.process.on("SIGINT", () => onSignal("SIGINT"));
  options.process.on("SIGTERM", () => onSignal("SIGTERM"));
  options.process.on("uncaughtException", onUncaught);
  options.process.on("unhandledRejection", onUncaught);
}
