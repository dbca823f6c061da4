import { flushCompileCache } from "node:module";
import { parentPort } from "node:worker_threads";

export const READY = "ready";

/** To be called by the thread's first module. The thread is ready when that module has run. */
export function serveMessages<Message>(onMessage: (message: Message) => void): void {
  process.report.excludeEnv = true;
  setImmediate(() => {
    parentPort?.postMessage(READY);
    parentPort?.on("message", onMessage);
    // Else the thread's end waits for it, for seconds after an installation.
    flushCompileCache();
  });
}
