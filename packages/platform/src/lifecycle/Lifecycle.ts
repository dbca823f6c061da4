export type LifecycleState = "starting" | "serving" | "stopping" | "stopped";

type Awaitable<T> = T | Promise<T>;

/**
 * Services start one after another and stop in reverse, each awaited:
 *
 *     const store = await lifecycle.start("store", () => openStore(path), (store) => store.close());
 *     const chain = await lifecycle.start("chain", () => openChain(store), (chain) => chain.close());
 *     lifecycle.serving();
 */
export interface Lifecycle {
  readonly state: LifecycleState;
  /** Aborted when stopping begins, so that whoever waits can end the wait. */
  readonly signal: AbortSignal;
  /**
   * Opens a service, and closes it in its turn when the process stops.
   * A service that fails to open stops all that opened before it. Not to be called from within another
   * service's `open`: composition roots are flat.
   * @throws LIFECYCLE_STOPPING, SERVICE_START_FAILED, or the TrellisError that `open` threw
   */
  start<T>(name: string, open: () => Awaitable<T>, close: (service: T) => Awaitable<void>): Promise<T>;
  /** Everything is up. */
  serving(): void;
  /**
   * Stops all services in reverse. A second call waits for the first one's stop.
   * @throws SERVICE_STOP_FAILED after all were tried
   */
  stop(reason: string): Promise<void>;
}
