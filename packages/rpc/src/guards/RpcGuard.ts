import type { IncomingHttpHeaders } from "node:http";
import type { Awaitable } from "@trellis/protocol";

export type RpcOffence = "malformed" | "scan";

export interface RpcArrival {
  /** Remote IP address of the socket. */
  readonly peer: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Name of a verified client certificate. */
  readonly peerName?: string | undefined;
  /** Undefined on a WebSocket: a signature covers one message. */
  readonly request?:
    | {
        readonly method: string;
        readonly scheme: string;
        /** Lower case. */
        readonly authority: string;
        readonly target: string;
      }
    | undefined;
}

/**
 * Decides who may connect and call, and how often. Implemented by package platform. Default: everyone.
 * [GUARD-2]
 */
export interface RpcGuard {
  /** Called for each TCP connection. Returns the release function; undefined refuses the connection. */
  connect(peer: string | undefined): (() => void) | undefined;
  /** @throws ADDRESS_REFUSED, RATE_LIMITED, and the codes of API keys, tokens and signatures */
  identify(arrival: RpcArrival): Awaitable<RpcCaller>;
}

export interface RpcCallRefusal {
  readonly reason: string;
  readonly limit: number;
  readonly retryAfterS: number;
}

export interface RpcCaller {
  readonly name: string;
  /** Client address: IPv4, or an IPv6 /64. */
  readonly address: string;
  /** If false, the caller must be identified again. */
  readonly isCurrent: boolean;
  /** True if the principal has priority `reserved`, see `LoadGate`. */
  readonly isReserved: boolean;
  /** Defined if a signature identified this one request. @throws CONTENT_DIGEST_MISMATCH, SIGNATURE_INVALID */
  readonly verifyBody: ((body: Uint8Array) => void) | undefined;
  /** If true, methods without permission look like missing methods. */
  readonly hidesMethods: boolean;
  /** Delay of the next answer because of the address's reputation. ms */
  readonly delayMs: number;
  /** Part of the rate window. Pass it to `settle`. */
  readonly part: number;
  mayCall(method: string): boolean;
  isGranted(method: string): boolean;
  /** Counts a call without permission. */
  forbidden(): void;
  /** Charges the method's weight. Returns undefined if the call is admitted. */
  take(method: string, weight: number): RpcCallRefusal | undefined;
  settle(part: number, weight: number, workMs: number, gasUsed: number): void;
  offend(offence: RpcOffence): void;
  /** Counts a WebSocket. Returns the release function; undefined refuses the WebSocket. */
  open(): (() => void) | undefined;
  /** HTTP fields, names and values alternating. */
  fields(): readonly string[];
}
