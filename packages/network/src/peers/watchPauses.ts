import type { Clock, Scheduler, Timer } from "@trellis/base";

const TICK_MS = 500;
/** Later ticks mean that the process was stopped, suspended or starved. */
const LATE_MS = 1_500;
/** Longest request timeout. */
const EXCUSED_MS = 15_000;

interface Pauses {
  /** Late answers are then not the peer's fault. */
  isRecent(): boolean;
  stop(): void;
}

/** [PEER-6] */
export function watchPauses(clock: Clock, scheduler: Scheduler): Pauses {
  let lastMs = clock.nowMs();
  let pausedMs = Number.NEGATIVE_INFINITY;
  let timer: Timer;
  const look = (): number => {
    const nowMs = clock.nowMs();
    if (nowMs - lastMs > TICK_MS + LATE_MS) pausedMs = nowMs;
    return nowMs;
  };
  const tick = (): void => {
    lastMs = look();
    timer = scheduler.after(TICK_MS, tick);
  };
  timer = scheduler.after(TICK_MS, tick);
  return {
    isRecent() {
      // Checks now: the delayed tick may run after the caller's timer.
      return look() - pausedMs <= EXCUSED_MS;
    },
    stop: () => timer.cancel(),
  };
}
