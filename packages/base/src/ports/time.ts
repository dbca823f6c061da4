/** Injected everywhere, so that simulations are deterministic. */
export interface Clock {
  /** ms since the Unix epoch. */
  nowMs(): number;
}

export interface Timer {
  cancel(): void;
}

export interface Scheduler {
  after(delayMs: number, task: () => void): Timer;
}
