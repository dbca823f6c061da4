import type { Clock, Scheduler, Timer } from "@trellis/base";

const TICK_MS = 500;
/** Later than this, and the process stood still: it was stopped, its machine slept, or something took all of its time. */
const LATE_MS = 1_500;
/** What was asked before a pause runs out within the longest time of any request. */
const EXCUSED_MS = 15_000;

export interface Pauses {
  /** Whether this node itself stood still a moment ago, so that what came late says nothing about who sent it. */
  isRecent(): boolean;
  stop(): void;
}

/** Notices that time passes without this process. [PEER-6] */
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
      // The timers that a pause held up run in no certain order: the one that asks may be before this one's.
      return look() - pausedMs <= EXCUSED_MS;
    },
    stop: () => timer.cancel(),
  };
}
