import { Worker, type WorkerOptions } from "node:worker_threads";
import { isTrellisError, type Scheduler, type TrellisError } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import { READY } from "./serveMessages.ts";

interface StartOptions extends WorkerOptions {
  readonly url: URL;
  /** Limits the time until the thread is ready. A late thread is terminated once it is ready. */
  readonly scheduler?: Scheduler | undefined;
}

interface WorkerEvents<Message> {
  onReady?(): void;
  /** Whether the protocol permits the message now. If not, the thread is terminated. */
  isExpected(message: unknown): message is Message;
  onMessage(message: Message): void;
  /** Called once, at exit or if the thread does not start in time. @param error WORKER_UNAVAILABLE */
  onExit(error: TrellisError): void;
}

export interface StartedWorker {
  readonly worker: Worker;
  end(): Promise<void>;
}

/** A second on an idle machine. */
const START_MS_MAX = 60_000;

/** A damaged thread can send anything, or end at any time. The thread calls `serveMessages`. */
export function startWorker<Message>(
  { url, scheduler, ...options }: StartOptions,
  { onReady, isExpected, onMessage, onExit }: WorkerEvents<Message>,
): StartedWorker {
  const worker = new Worker(url, options);
  let failure: { readonly reason: string; readonly cause?: unknown } | undefined;
  /** Resolves when the thread has started, ended, or is late. */
  const settled = Promise.withResolvers<void>();
  let isStarted = false;
  let isReported = false;
  const report = (exitCode?: number): void => {
    settled.resolve();
    if (isReported) return;
    isReported = true;
    const { reason, cause } = failure ?? { reason: "worker ended" };
    onExit(cryptoErrors.WORKER_UNAVAILABLE({ reason, exitCode }, cause));
  };
  const end = (reason: string, cause?: unknown): void => {
    failure ??= { reason, cause };
    void worker.terminate();
  };
  const late = scheduler?.after(START_MS_MAX, () => {
    failure ??= { reason: "not ready in time" };
    worker.unref();
    report();
  });
  const receive = (message: unknown): void => {
    const isFirst = !isStarted;
    isStarted = true;
    late?.cancel();
    settled.resolve();
    if (failure !== undefined) void worker.terminate();
    else if (isFirst && message === READY) onReady?.();
    else if (!isFirst && isExpected(message)) onMessage(message);
    else end("message malformed");
  };
  worker.on("message", receive);
  worker.on("messageerror", (cause: unknown) => end("message malformed", cause));
  worker.on("error", (cause: unknown) => {
    const isFull = (cause as { readonly code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
    failure ??= { reason: isFull ? NO_MEMORY : "worker ended", cause };
  });
  worker.on("exit", (exitCode) => {
    late?.cancel();
    report(exitCode);
  });
  return {
    worker,
    async end() {
      // V8 aborts the process if a thread is terminated while a module runs after a top-level await (Node 26.10).
      await settled.promise;
      if (isStarted) await worker.terminate();
    },
  };
}

const NO_MEMORY = "no memory left";

export function isOutOfMemory(error: unknown): boolean {
  return isTrellisError(error, "WORKER_UNAVAILABLE") && error.facts.reason === NO_MEMORY;
}
