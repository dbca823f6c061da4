import { isTrellisError, type Log } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { Lifecycle, LifecycleState } from "./Lifecycle.ts";

interface StartedService {
  readonly name: string;
  close(): Promise<void>;
}

export function createLifecycle(dependencies: { readonly log: Log }): Lifecycle {
  const { log } = dependencies;
  const started: StartedService[] = [];
  const aborter = new AbortController();
  let state: LifecycleState = "starting";
  const opening = new Set<Promise<unknown>>();
  let stopping: Promise<void> | undefined;

  async function open<T>(
    name: string,
    openService: () => T | Promise<T>,
    close: (service: T) => void | Promise<void>,
  ): Promise<T> {
    if (stopping !== undefined) throw platformErrors.LIFECYCLE_STOPPING({ service: name });
    log.debug("service starts", { service: name });
    const service = await openService();
    started.push({ name, close: async () => close(service) });
    // What opened while the stop began is closed by it, but its owner must not go on.
    if (stopping !== undefined) throw platformErrors.LIFECYCLE_STOPPING({ service: name });
    return service;
  }

  async function stopAll(reason: string): Promise<void> {
    log.info("stopping", { reason });
    await Promise.allSettled(opening);
    const failed: string[] = [];
    let firstFailure: unknown;
    for (let service = started.pop(); service !== undefined; service = started.pop()) {
      log.debug("service stops", { service: service.name });
      try {
        await service.close();
      } catch (error) {
        firstFailure ??= error;
        failed.push(service.name);
        log.error("service did not stop cleanly", { service: service.name, error: asFact(error) });
      }
    }
    state = "stopped";
    if (failed.length > 0) {
      throw platformErrors.SERVICE_STOP_FAILED({ services: failed.join(" ") }, firstFailure);
    }
    log.info("stopped", { reason });
  }

  const lifecycle: Lifecycle = {
    get state() {
      return state;
    },
    signal: aborter.signal,
    async start(name, openService, close) {
      const mine = open(name, openService, close);
      opening.add(mine);
      try {
        return await mine;
      } catch (error) {
        if (isTrellisError(error, "LIFECYCLE_STOPPING")) throw error;
        await lifecycle.stop(`${name} did not start`).catch(() => {});
        if (isTrellisError(error)) throw error;
        throw platformErrors.SERVICE_START_FAILED({ service: name, reason: String(error) }, error);
      } finally {
        opening.delete(mine);
      }
    },
    serving() {
      if (state === "starting") state = "serving";
    },
    stop(reason) {
      if (stopping === undefined) {
        state = "stopping";
        // Set before the abort, whose listeners may call stop themselves.
        const { promise, resolve } = Promise.withResolvers<void>();
        stopping = promise;
        aborter.abort();
        resolve(stopAll(reason));
      }
      return stopping;
    },
  };
  return lifecycle;
}

function asFact(error: unknown): Error | string {
  return error instanceof Error ? error : String(error);
}
