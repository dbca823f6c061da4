import { isTrellisError, type Log } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { FailedService, Lifecycle, LifecycleState } from "./Lifecycle.ts";

interface StartedService {
  readonly name: string;
  close(): Promise<void>;
}

export function createLifecycle({ log }: { readonly log: Log }): Lifecycle {
  return new ServiceLifecycle(log);
}

class ServiceLifecycle implements Lifecycle {
  readonly #log: Log;
  readonly #opening = new Set<Promise<unknown>>();
  readonly #started: StartedService[] = [];
  readonly #aborter = new AbortController();
  readonly signal = this.#aborter.signal;
  readonly #failing = Promise.withResolvers<FailedService>();
  readonly failed = this.#failing.promise;
  #state: LifecycleState = "starting";
  #stopping: Promise<void> | undefined;
  #closing: string | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  get closing(): string | undefined {
    return this.#closing;
  }

  async start<T>(
    name: string,
    openService: () => T | Promise<T>,
    close: (service: T) => void | Promise<void>,
  ): Promise<T> {
    const mine = this.#open(name, openService, close);
    this.#opening.add(mine);
    try {
      return await mine;
    } catch (error) {
      if (isTrellisError(error, "LIFECYCLE_STOPPING")) throw error;
      await this.stop(`${name} did not start`).catch(() => {});
      if (isTrellisError(error)) throw error;
      throw platformErrors.SERVICE_FAILED({ phase: "start", service: name, reason: String(error) }, error);
    } finally {
      this.#opening.delete(mine);
    }
  }

  serving(): void {
    if (this.#state === "starting") this.#state = "serving";
  }

  drain(): void {
    if (this.#state === "serving") this.#state = "draining";
  }

  fail(service: string, error: Error): void {
    this.#failing.resolve({ service, error });
  }

  stop(reason: string): Promise<void> {
    if (this.#stopping === undefined) {
      this.#state = "stopping";
      // Assigned before the abort, whose listeners may call `stop`.
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#stopping = promise;
      this.#aborter.abort();
      resolve(this.#stopAll(reason));
    }
    return this.#stopping;
  }

  async #open<T>(
    name: string,
    openService: () => T | Promise<T>,
    close: (service: T) => void | Promise<void>,
  ): Promise<T> {
    if (this.#stopping !== undefined) throw platformErrors.LIFECYCLE_STOPPING({ service: name });
    this.#log.debug("service.starting", { service: name });
    const service = await openService();
    this.#started.push({ name, close: async () => close(service) });
    // Shutdown closes the service, so the caller must not continue.
    if (this.#stopping !== undefined) throw platformErrors.LIFECYCLE_STOPPING({ service: name });
    return service;
  }

  async #stopAll(reason: string): Promise<void> {
    this.#log.info("process.stopping", { reason });
    await Promise.allSettled(this.#opening);
    const failed: string[] = [];
    let firstFailure: unknown;
    for (let service = this.#started.pop(); service !== undefined; service = this.#started.pop()) {
      this.#closing = service.name;
      this.#log.debug("service.stopping", { service: service.name });
      try {
        await service.close();
      } catch (error) {
        firstFailure ??= error;
        failed.push(service.name);
        this.#log.error("service.stopFailed", { service: service.name, error: asFact(error) });
      }
    }
    this.#closing = undefined;
    this.#state = "stopped";
    if (failed.length > 0) {
      throw platformErrors.SERVICE_FAILED({ phase: "stop", services: failed.join(" ") }, firstFailure);
    }
    this.#log.info("process.stopped", { reason });
  }
}

function asFact(error: unknown): Error | string {
  return error instanceof Error ? error : String(error);
}
