/** What a thread does instead of sending a message of its protocol. */
export const WORKER_FAULTS = [
  "exits",
  "exits after it",
  "throws",
  "hangs",
  "omits it",
  "sends null",
  "sends a text",
  "sends an empty object",
  "sends it for another task",
  "sends it twice",
  "cuts its bytes",
  "clears its bytes",
  "changes its numbers",
] as const;
export type WorkerFault = (typeof WORKER_FAULTS)[number];

export interface ArmedFault {
  readonly fault: WorkerFault;
  /** Of all threads, counted from 1. */
  readonly message: number;
}

/** `worker` is part of the URL of the worker's module. */
export type ProcessFault = ArmedFault & { readonly worker: string };

/** Key of the environment data that threads inherit. */
export const FAULT_KEY = "trellis worker fault";

/** Indices of 32-bit words. */
export const WORDS = { fault: 0, messagesLeft: 1, happened: 2 } as const;
export const WORDS_BYTES = 12;
