import type { Connection } from "./guards/Connection.ts";
import type { Refusal } from "./guards/Refusal.ts";
import type { RpcCaller } from "./guards/RpcGuard.ts";

/** `onSent` runs when the connection has sent the result. */
export type Emit = (resultJson: string, onSent?: () => void) => void;

export interface Client {
  /** For a client that reads too slowly. */
  disconnect(): void;
}

/** Returns the stop function. */
export type StartTopic = (emit: Emit, client: Client) => () => void;

export interface SubscriptionHolder {
  /**
   * Messages wait until the answer with the id is sent.
   * @throws RPC_LIMIT_EXCEEDED, RPC_SUBSCRIPTIONS_UNSUPPORTED if disconnected, and errors of the topic
   */
  open(namespace: string, start: StartTopic): string;
  /** False if unknown. */
  close(id: string): boolean;
}

export interface Session {
  readonly connection: Connection;
  readonly address: string;
  /** Arrival of the whole message, ms since the Unix epoch. */
  readonly arrivedMs: number;
  readonly subscriptions: SubscriptionHolder | undefined;
  /** Required for the role `admin`. */
  readonly isLocalProgram: boolean;
  /** W3C Trace Context, verbatim. */
  readonly traceparent?: string | undefined;
  /** undefined without a guard. */
  readonly caller?: RpcCaller | undefined;
  /** Set while the message is answered. */
  refusal?: Refusal | undefined;
}
