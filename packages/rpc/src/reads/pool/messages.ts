import { type Facts, isTrellisError, TrellisError } from "@trellis/base";
import type { ReadLimits, ReadTask } from "../../reading/ReadTask.ts";

/** Shared-memory index of the newest cancelled read's id. */
export const STOPPED = 0;
export const FLAG_BYTES = 4;

export interface WorkerOptions {
  readonly flags: SharedArrayBuffer;
  readonly source: string;
}

export interface SentRead {
  readonly id: number;
  readonly task: ReadTask;
  readonly limits: ReadLimits;
}

export type FromWorker =
  /** `json` is UTF-8. */
  | { readonly kind: "done"; readonly id: number; readonly json: Uint8Array }
  | { readonly kind: "failed"; readonly id: number; readonly error: unknown };

/** Whether the message ends the read. */
export function isEndOf(id: number, message: unknown): message is FromWorker {
  if (typeof message !== "object" || message === null) return false;
  const { kind, id: ended, json, error } = message as Readonly<Record<string, unknown>>;
  if (ended !== id) return false;
  return kind === "done" ? json instanceof Uint8Array : kind === "failed" && isSentError(error);
}

/** Structured clone drops the fields of error classes. */
interface SentError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly consequence: TrellisError["consequence"];
  readonly facts: Facts;
}

function isSentError(error: unknown): boolean {
  return error instanceof Error || typeof (error as Partial<SentError> | null | undefined)?.code === "string";
}

export function packError(error: unknown): unknown {
  if (!isTrellisError(error)) return error;
  const { code, hint, consequence, facts } = error;
  return { code, message: error.message, hint, consequence, facts } satisfies SentError;
}

export function unpackError(sent: unknown): unknown {
  if (sent instanceof Error) return sent;
  const { code, message, hint, consequence, facts } = sent as SentError;
  const error = new TrellisError(code, { message, hint, consequence }, facts);
  error.message = message;
  return error;
}
