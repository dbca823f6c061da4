/** The only source of time for decisions. */
export interface Clock {
  /** ms since the Unix epoch. */
  nowMs(): number;
}

export interface Timer {
  cancel(): void;
}

/** Virtual in the simulator, with seeded order. */
export interface Scheduler {
  after(delayMs: number, task: () => void): Timer;
}
