import type { Connection } from "./guards/Connection.ts";

/** Sends a notification's result, encoded as JSON. `onSent` runs when the connection has passed it on. */
export type Emit = (resultJson: string, onSent?: () => void) => void;

/** A connection that is told something. */
export interface Client {
  /** For one that cannot be told all that it subscribed to. */
  disconnect(): void;
}

/** Begins to emit and gives what ends it. */
export type StartTopic = (emit: Emit, client: Client) => () => void;

/** Where a connection keeps its subscriptions. */
export interface SubscriptionHolder {
  /**
   * Starts a topic at once; what it emits waits until the answer with the subscription's id was sent.
   * @throws RPC_LIMIT_EXCEEDED, RPC_SUBSCRIPTIONS_UNSUPPORTED when the connection is gone, and what the topic throws when it starts
   */
  open(namespace: string, start: StartTopic): string;
  /** False if there was none. */
  close(id: string): boolean;
}

/** The message that a call came with, and its client. */
export interface Session {
  readonly connection: Connection;
  /** The network address that the client counts for. */
  readonly address: string;
  /** When the message had come whole. ms since the Unix epoch */
  readonly arrivedMs: number;
  /** undefined where the client cannot be notified. */
  readonly subscriptions: SubscriptionHolder | undefined;
  /** The client is a program on this machine; only such may use the role `admin`. */
  readonly isLocalProgram: boolean;
  /** Of the trace that the client goes on in (W3C Trace Context), as it came. */
  readonly traceparent?: string | undefined;
}
