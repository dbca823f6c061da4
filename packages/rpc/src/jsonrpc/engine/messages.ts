import type { RpcOffence } from "../../guards/RpcGuard.ts";
import type { packError } from "../../reads/pool/messages.ts";
import type { Answer } from "../answers.ts";

/** Of an engine in another thread. Numbers of messages, clients and calls are the sender's. [RPC-33] */
export type ToEngine =
  | {
      readonly kind: "call";
      readonly id: number;
      /** Calls of a batch share its number. */
      readonly message: number;
      readonly session: SentSession;
      readonly request: SentRequest;
      readonly timing: Timing;
      readonly subscription: { readonly client: number; readonly id: string } | undefined;
    }
  | { readonly kind: "gone"; readonly message: number }
  | { readonly kind: "unsubscribe"; readonly subscription: string };

export interface SentSession {
  readonly address: string;
  readonly arrivedMs: number;
  readonly isLocalProgram: boolean;
  readonly isReserved: boolean;
  readonly batchBytes: number | undefined;
  readonly traceparent: string | undefined;
}

export interface Timing {
  readonly sinceMs: number;
  readonly timeMs: number;
  readonly sizeMax: number;
}

export interface SentRequest {
  /** JSON. */
  readonly idJson: string;
  readonly method: string;
  readonly params: unknown;
}

export type FromEngine =
  | ({ readonly kind: "answered"; readonly id: number } & EngineAnswer)
  | { readonly kind: "notified"; readonly subscription: string; readonly json: string }
  /** The client reads its subscriptions too slowly. */
  | { readonly kind: "lagging"; readonly client: number };

export interface EngineAnswer {
  readonly answer: Answer;
  readonly workMs: number;
  readonly gasUsed: number;
  readonly offences: readonly RpcOffence[];
  /** Packed. The rest of the batch is refused. */
  readonly ends: ReturnType<typeof packError> | undefined;
  /** False: the subscription that the call was to open is not open. */
  readonly isSubscribed: boolean;
}
