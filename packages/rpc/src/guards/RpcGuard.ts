import type { IncomingHttpHeaders } from "node:http";
import type { Awaitable } from "@trellis/protocol";

export type RpcOffence = "malformed" | "scan";

export interface RpcArrival {
  /** Remote address of the socket. */
  readonly peer: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Name of a verified client certificate. */
  readonly peerName?: string | undefined;
}

/** Decides who may connect and call, and how often. Without it, everyone may. [GUARD-2] */
export interface RpcGuard {
  /** At a TCP connection. Returns the release function; undefined: cut the connection. */
  connect(peer: string | undefined): (() => void) | undefined;
  /** @throws ADDRESS_REFUSED, RATE_LIMITED, and the codes of API keys and tokens */
  identify(arrival: RpcArrival): Awaitable<RpcCaller>;
}

export interface RpcCallRefusal {
  readonly reason: string;
  readonly limit: number;
  readonly retryAfterS: number;
}

export interface RpcCaller {
  /** Of its principal, for logs. */
  readonly name: string;
  /** Of the client: IPv4, or an IPv6 /64. */
  readonly address: string;
  /** False: identify again. */
  readonly isCurrent: boolean;
  /** May use the reserve of the load gate. */
  readonly isReserved: boolean;
  /** Methods without permission look like missing methods. */
  readonly hidesMethods: boolean;
  /** Time that the next answer waits, because of the address's reputation. ms */
  readonly delayMs: number;
  /** Before the call, for `settle`. */
  readonly part: number;
  mayCall(method: string): boolean;
  /** Whether a permission names the method or its namespace. */
  isGranted(method: string): boolean;
  /** Notes a call without permission. */
  forbidden(): void;
  /** Takes the method's weight. undefined: admitted. */
  take(method: string, weight: number): RpcCallRefusal | undefined;
  settle(part: number, weight: number, workMs: number, gasUsed: number): void;
  offend(offence: RpcOffence): void;
  /** Counts a WebSocket. Returns the release function; undefined: refuse. */
  open(): (() => void) | undefined;
  /** Names and values of HTTP fields, alternating. */
  fields(): readonly string[];
}
