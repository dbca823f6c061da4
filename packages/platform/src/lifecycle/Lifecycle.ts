/** While draining, a process still serves, but reports itself as not ready. */
export type LifecycleState = "starting" | "serving" | "draining" | "stopping" | "stopped";

type Awaitable<T> = T | Promise<T>;

export interface FailedService {
  readonly service: string;
  readonly error: Error;
}

/** Services start in order and stop in reverse order, each awaited. */
export interface Lifecycle {
  readonly state: LifecycleState;
  readonly signal: AbortSignal;
  /** The service whose end is awaited now. */
  readonly closing: string | undefined;
  /**
   * If `open` fails, stops all services. Must not be nested.
   * @throws LIFECYCLE_STOPPING, SERVICE_FAILED, or the TrellisError that `open` threw
   */
  start<T>(name: string, open: () => Awaitable<T>, close: (service: T) => Awaitable<void>): Promise<T>;
  serving(): void;
  /** Has no effect unless the process is serving. */
  drain(): void;
  /** Stops the process with exit code 1, because a running service cannot continue. */
  fail(service: string, error: Error): void;
  /** Resolves at the first call of `fail`. */
  readonly failed: Promise<FailedService>;
  /** Idempotent. @throws SERVICE_FAILED after closing all services */
  stop(reason: string): Promise<void>;
}
