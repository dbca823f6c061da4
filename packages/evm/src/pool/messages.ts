import type { MessagePort } from "node:worker_threads";
import type {
  Account,
  Address,
  BlockContext,
  BlockInput,
  BlockSimulationInput,
  CallInput,
  CallSequenceInput,
  Hash,
  TracerRequest,
} from "@trellis/protocol";
import type { EngineLimits } from "../engine/EngineLimits.ts";
import type { PackedCarrier } from "./packedCarriers.ts";
import type { PackedError } from "./packedError.ts";

/** Indices of 32-bit words. */
export const FLAGS = {
  stopped: 0,
  answered: 1,
} as const;
export const FLAG_BYTES = 8;

export interface WorkerOptions {
  readonly flags: SharedArrayBuffer;
  /** Readable while the worker is blocked. */
  readonly answers: MessagePort;
  readonly limits: EngineLimits;
}

export type SentContext = Omit<BlockContext, "blockHash">;

export interface SentCall extends Pick<CallInput, "coinbase" | "request" | "overrides"> {
  readonly context: SentContext;
}

export interface SentSequence extends Omit<SentCall, "request">, Pick<CallSequenceInput, "bundles"> {}

export interface SentSimulation
  extends Omit<SentCall, "request" | "overrides">,
    Pick<BlockSimulationInput, "parent" | "rules" | "blocks" | "gasMax" | "validates" | "logsTransfers"> {}

export interface SentBlock
  extends Pick<BlockInput, "baseFeeShare" | "credits" | "deployments" | "openingCalls" | "hash"> {
  readonly context: SentContext;
  readonly carriers: readonly PackedCarrier[];
}

export type Task =
  | { readonly kind: "call" | "estimateGas" | "createAccessList"; readonly input: SentCall }
  | { readonly kind: "traceCall"; readonly input: SentCall; readonly tracer: TracerRequest }
  | { readonly kind: "traceCalls"; readonly input: SentSequence }
  | { readonly kind: "simulateBlocks"; readonly input: SentSimulation }
  | {
      readonly kind: "traceBlock";
      readonly input: SentBlock;
      readonly tracer: TracerRequest;
      readonly only: Hash | undefined;
    };

export interface SentJob {
  readonly id: number;
  readonly stateBlock: Hash | undefined;
  readonly task: Task;
}

export type Read =
  | { readonly kind: "account"; readonly address: Address }
  | { readonly kind: "storage"; readonly address: Address; readonly slot: Hash }
  | { readonly kind: "code"; readonly codeHash: Hash }
  | { readonly kind: "blockHash"; readonly number: bigint };

export function isRead(read: unknown): read is Read {
  if (typeof read !== "object" || read === null) return false;
  const { kind, address, slot, codeHash, number } = read as Readonly<Record<string, unknown>>;
  switch (kind) {
    case "account":
      return typeof address === "string";
    case "storage":
      return typeof address === "string" && typeof slot === "string";
    case "code":
      return typeof codeHash === "string";
    default:
      return kind === "blockHash" && typeof number === "bigint";
  }
}

export interface ReadValues {
  readonly account: Account | undefined;
  readonly storage: bigint;
  readonly code: Uint8Array;
  readonly blockHash: Hash;
}

export type ReadAnswer = { readonly value: ReadValues[keyof ReadValues] } | { readonly hasFailed: true };

export type FromWorker =
  | { readonly kind: "read"; readonly read: Read }
  | { readonly kind: "done"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: PackedError };
