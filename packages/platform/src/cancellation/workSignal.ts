import { AsyncLocalStorage } from "node:async_hooks";

/** Undefined where uninterruptible work runs inside abortable work. */
const signals = new AsyncLocalStorage<AbortSignal | undefined>();

/**
 * Runs a request's or a job's work, which is given up when the signal aborts: its statements in the database that
 * run then are cancelled, and no further ones begin. Everything that it calls and awaits belongs to it.
 */
export function abortable<T>(signal: AbortSignal, work: () => T): T {
  return signals.run(signal, work);
}

/** Runs what is carried to its end whatever becomes of the work around it: what is put on record, or shared by many. */
export function uninterruptible<T>(work: () => T): T {
  return signals.run(undefined, work);
}

/** Of the work around the caller. */
export function workSignal(): AbortSignal | undefined {
  return signals.getStore();
}
