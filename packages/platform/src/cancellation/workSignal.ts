import { AsyncLocalStorage } from "node:async_hooks";

/** Undefined inside uninterruptible work. */
const signals = new AsyncLocalStorage<AbortSignal | undefined>();

/** Runs work that the signal cancels: its SQL statements are cancelled and later ones refused. */
export function abortable<T>(signal: AbortSignal, work: () => T): T {
  return signals.run(signal, work);
}

/** For work that must finish, such as audit entries, or that several callers share. */
export function uninterruptible<T>(work: () => T): T {
  return signals.run(undefined, work);
}

export function workSignal(): AbortSignal | undefined {
  return signals.getStore();
}
