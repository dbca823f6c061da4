/** The time of day. Deciding code never reads it any other way. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

export interface Timer {
  cancel(): void;
}

/** Runs tasks later. In the simulator time is virtual and the order is seeded. */
export interface Scheduler {
  after(delayMs: number, task: () => void): Timer;
}
