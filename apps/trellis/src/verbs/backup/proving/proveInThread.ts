import { Worker } from "node:worker_threads";
import type { Manifest } from "@trellis/backup";
import { type ErrorEntry, type Facts, TrellisError } from "@trellis/base";
import { cryptoErrors } from "@trellis/crypto";
import type { ProveData, ProveMessage } from "./proveThread.ts";

/** Recomputing the state root of a long chain would block the service. */
export async function proveInThread(
  backup: Manifest,
  directory: string,
  signal: AbortSignal,
): Promise<string[]> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const workerData: ProveData = { backup, directory };
  const worker = new Worker(new URL("./proveThread.ts", import.meta.url), { workerData });
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  worker.on("message", (message: ProveMessage) => {
    if ("proofs" in message) resolve([...message.proofs]);
    else reject(errorOf(message.error));
  });
  worker.on("error", (error) => reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: String(error) }, error)));
  worker.on("exit", (exitCode) =>
    reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: `exit code ${exitCode}` })),
  );
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

function errorOf(sent: object): TrellisError {
  const { code, facts, ...entry } = sent as { code: string; facts: Facts } & ErrorEntry;
  const error = new TrellisError(code, entry, facts);
  error.message = entry.message;
  return error;
}
