import { deserialize, serialize } from "node:v8";
import type { Transferable } from "node:worker_threads";
import {
  type AccessListResult,
  type CallResult,
  EncodedJson,
  type Hash,
  type Json,
  type TransactionTrace,
} from "@trellis/protocol";

export interface Packed<T> {
  readonly result: T;
  readonly transfer: Transferable[];
}

/** Logs stay encoded, because few callers read them. */
export interface PackedCallResult extends Omit<CallResult, "logs"> {
  readonly logs: Uint8Array | undefined;
}

export function packCallResult({ logs, ...rest }: CallResult): Packed<PackedCallResult> {
  // All empty outputs share one array, which must not be detached.
  const transfer: Transferable[] = rest.output.length === 0 ? [] : [rest.output.buffer as ArrayBuffer];
  if (logs.length === 0) return { result: { ...rest, logs: undefined }, transfer };
  const bytes = serialize(logs);
  return { result: { ...rest, logs: bytes }, transfer: [...transfer, bytes.buffer as ArrayBuffer] };
}

export function isCallResult(sent: unknown): sent is PackedCallResult {
  const { outcome, output, gasUsed, logs } = fieldsOf(sent);
  const isLogs = logs === undefined || logs instanceof Uint8Array;
  return typeof outcome === "string" && output instanceof Uint8Array && typeof gasUsed === "bigint" && isLogs;
}

export function isAccessList(sent: unknown): sent is AccessListResult {
  const { accessList, gasUsed } = fieldsOf(sent);
  return Array.isArray(accessList) && typeof gasUsed === "bigint";
}

export function unpackCallResult({ logs, ...rest }: PackedCallResult): CallResult {
  if (logs === undefined) return { ...rest, logs: [] };
  let decoded: CallResult["logs"] | undefined;
  return {
    ...rest,
    get logs() {
      decoded ??= deserialize(logs) as CallResult["logs"];
      return decoded;
    },
  };
}

const encoder = new TextEncoder();

export function packTrace(trace: Json): Packed<Uint8Array> {
  const bytes = encoder.encode(JSON.stringify(trace));
  return { result: bytes, transfer: [bytes.buffer] };
}

export interface PackedTraces {
  readonly hashes: readonly Hash[];
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

export function packTraces(traces: readonly TransactionTrace[]): Packed<PackedTraces> {
  const texts = traces.map(({ result }) => encoder.encode(JSON.stringify(result)));
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (const [index, text] of texts.entries()) {
    bytes.set(text, end);
    end += text.length;
    ends[index] = end;
  }
  const hashes = traces.map(({ transactionHash }) => transactionHash);
  return { result: { hashes, bytes, ends }, transfer: [bytes.buffer] };
}

export function isTraces(sent: unknown): sent is PackedTraces {
  const { hashes, bytes, ends } = fieldsOf(sent);
  if (!Array.isArray(hashes) || !(bytes instanceof Uint8Array) || !(ends instanceof Uint32Array))
    return false;
  return ends.length === hashes.length && (ends.at(-1) ?? 0) === bytes.length;
}

function fieldsOf(sent: unknown): Readonly<Record<string, unknown>> {
  return (sent ?? {}) as Readonly<Record<string, unknown>>;
}

export function unpackTraces({ hashes, bytes, ends }: PackedTraces): TransactionTrace<EncodedJson>[] {
  return hashes.map((transactionHash, index) => ({
    transactionHash,
    result: new EncodedJson(bytes.subarray(ends[index - 1] ?? 0, ends[index])),
  }));
}
