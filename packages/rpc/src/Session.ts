import type { Connection } from "./guards/Connection.ts";
import type { Refusal } from "./guards/Refusal.ts";
import type { RpcCaller } from "./guards/RpcGuard.ts";

/** The connection calls `onSent` when it has sent the result. */
export type Emit = (resultJson: string, onSent?: () => void) => void;

export interface Client {
  disconnect(): void;
}

export type StartTopic = (emit: Emit, client: Client, id: string) => () => void;

export interface SubscriptionHolder {
  /**
   * Notifications wait until the client has received the id.
   * @throws RPC_LIMIT_EXCEEDED; RPC_SUBSCRIPTIONS_UNSUPPORTED if disconnected; errors of the topic
   */
  open(namespace: string, start: StartTopic): string;
  close(id: string): boolean;
}

export interface Session {
  readonly connection: Connection;
  readonly address: string;
  /** Time of the complete message, ms since the Unix epoch. */
  readonly arrivedMs: number;
  readonly subscriptions: SubscriptionHolder | undefined;
  /** `admin` methods require a local program or a permission that names the method. [GUARD-2] */
  readonly isLocalProgram: boolean;
  readonly traceparent?: string | undefined;
  readonly caller?: RpcCaller | undefined;
  refusal?: Refusal | undefined;
  /** Entries of a batch. */
  calls?: number;
  batchBytes?: number;
  /** Stops counting the message's bytes before its answer. Not for batches, whose entries stay in memory. */
  readonly releaseMessage?: () => void;
}
