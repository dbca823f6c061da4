import { AsyncLocalStorage } from "node:async_hooks";

const signals = new AsyncLocalStorage<AbortSignal | undefined>();

/** An abort cancels running SQL statements and refuses later ones. */
export function abortable<T>(signal: AbortSignal, work: () => T): T {
  return signals.run(signal, work);
}

/** For work that must finish, or has several callers. */
export function uninterruptible<T>(work: () => T): T {
  return signals.run(undefined, work);
}

export function workSignal(): AbortSignal | undefined {
  return signals.getStore();
}
