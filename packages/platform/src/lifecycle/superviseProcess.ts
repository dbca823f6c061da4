import type { Log, LogFacts, Scheduler, Timer } from "@trellis/base";
import type { Lifecycle } from "./Lifecycle.ts";

export interface ProcessPort extends Pick<NodeJS.EventEmitter, "on"> {
  exit(code: number): void;
}

export interface SupervisionOptions {
  readonly lifecycle: Lifecycle;
  readonly log: Log & { fatal(event: string, facts?: LogFacts): void };
  readonly scheduler: Scheduler;
  readonly process: ProcessPort;
  readonly deadlineMs?: number;
  /** From SIGTERM to the stop: a load balancer notices that the process is not ready. */
  readonly drainMs?: () => number;
}

/** Below the documented 5 s. */
export const STOP_DEADLINE_MS = 4_500;

/** Ignores repeated signals in this time, because npm forwards a Ctrl-C that was already received. */
export const REPEATED_SIGNAL_MS = 1_000;

const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

/**
 * The first SIGINT or SIGTERM (exit code 0), or an uncaught error or failed service (1), stops the services. A SIGTERM first
 * drains; a later signal ends this wait. Otherwise, a later signal or the deadline terminates the process.
 */
export function superviseProcess(options: SupervisionOptions): void {
  const { lifecycle, log, scheduler, deadlineMs = STOP_DEADLINE_MS, drainMs = () => 0 } = options;
  let isStopRequested = false;
  let endsAtOnce = false;
  let isEnding = false;
  let draining: Timer | undefined;

  function end(reason: string, exitCode: number): void {
    if (isEnding) return;
    isEnding = true;
    draining?.cancel();
    draining = undefined;
    scheduler.after(deadlineMs, () => {
      log.fatal("process.stopTimedOut", { deadlineMs, service: lifecycle.closing });
      options.process.exit(1);
    });
    lifecycle.stop(reason).then(
      () => options.process.exit(exitCode),
      () => options.process.exit(1),
    );
  }

  function drain(signal: StopSignal): void {
    const waitMs = signal === "SIGTERM" && lifecycle.state === "serving" ? drainMs() : 0;
    if (waitMs === 0) {
      end(signal, 0);
      return;
    }
    lifecycle.drain();
    log.info("process.draining", { drainMs: waitMs });
    draining = scheduler.after(waitMs, () => end(signal, 0));
  }

  function acceptLaterSignal(): void {
    endsAtOnce = false;
    scheduler.after(REPEATED_SIGNAL_MS, () => scheduler.after(0, () => (endsAtOnce = true)));
  }

  function onSignal(signal: StopSignal): void {
    if (!isStopRequested) {
      isStopRequested = true;
      acceptLaterSignal();
      drain(signal);
      return;
    }
    if (!endsAtOnce) return;
    if (draining !== undefined) {
      acceptLaterSignal();
      end(signal, 0);
      return;
    }
    log.warn("process.killed", { signal, message: "The second signal ends the process at once." });
    options.process.exit(SIGNAL_EXIT_CODES[signal]);
  }

  function onUncaught(error: unknown): void {
    log.fatal("process.crashed", { error: error instanceof Error ? error : String(error) });
    end("uncaught error", 1);
  }

  void lifecycle.failed.then(({ service, error }) => {
    log.fatal("service.failed", { service, error });
    end(`${service} failed`, 1);
  });
  options.process.on("SIGINT", () => onSignal("SIGINT"));
  options.process.on("SIGTERM", () => onSignal("SIGTERM"));
  options.process.on("uncaughtException", onUncaught);
  options.process.on("unhandledRejection", onUncaught);
}
