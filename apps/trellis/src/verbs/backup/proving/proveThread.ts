import { parentPort, workerData } from "node:worker_threads";
import type { Manifest } from "@trellis/backup";
import { isTrellisError, type TrellisError } from "@trellis/base";
import { proveRestored } from "./proveRestored.ts";

/** A structured clone loses the class of an error, so its JSON is sent. */
export type ProveMessage =
  | { readonly proofs: readonly string[] }
  | { readonly error: ReturnType<TrellisError["toJSON"]> };

export interface ProveData {
  readonly backup: Manifest;
  readonly directory: string;
}

const { backup, directory } = workerData as ProveData;
const send = (message: ProveMessage): void => parentPort?.postMessage(message);
try {
  const { proofs } = await proveRestored(backup, directory);
  send({ proofs });
} catch (error) {
  if (!isTrellisError(error)) throw error;
  send({ error: error.toJSON() });
}
