import type { IncomingHttpHeaders } from "node:http";
import type { Awaitable } from "@trellis/protocol";

export type RpcOffence = "malformed" | "scan";

export interface RpcArrival {
  readonly peer: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Name in a verified client certificate. */
  readonly peerName?: string | undefined;
  /** Undefined on a WebSocket: a signature covers one message. */
  readonly request?:
    | {
        readonly method: string;
        readonly scheme: string;
        readonly authority: string;
        readonly target: string;
      }
    | undefined;
}

/** Implemented by package platform. Default: everyone may connect and call. [GUARD-2] */
export interface RpcGuard {
  /** Per TCP connection. Returns the release function; undefined refuses the connection. */
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
  readonly tenant?: string | undefined;
  /** IPv4, or an IPv6 /64. */
  readonly address: string;
  /** False: identify the caller again. */
  readonly isCurrent: boolean;
  /** Has priority `reserved`, see `LoadGate`. */
  readonly isReserved: boolean;
  /** Defined for a signed request. @throws CONTENT_DIGEST_MISMATCH, SIGNATURE_INVALID */
  readonly verifyBody: ((body: Uint8Array) => void) | undefined;
  /** Methods without permission look like missing methods. */
  readonly hidesMethods: boolean;
  /** Delay before each call, by the address's reputation. */
  readonly delayMs: number;
  /** Current part of the sliding rate window, for `settle`. */
  readonly part: number;
  mayCall(method: string): boolean;
  isGranted(method: string): boolean;
  /** Counts a call without permission. */
  forbidden(): void;
  /** Undefined: the call is admitted. */
  take(method: string, weight: number): RpcCallRefusal | undefined;
  settle(part: number, weight: number, workMs: number, gasUsed: number): void;
  offend(offence: RpcOffence): void;
  open(): (() => void) | undefined;
  /** HTTP fields, names and values alternating. */
  fields(): readonly string[];
}
