import { baseErrors } from "@trellis/base";

/** Each server serves only the methods of its roles. [RPC-3] */
export const ROLES = ["public", "debug", "admin", "dev"] as const;
export type Role = (typeof ROLES)[number];

export interface RpcLimits {
  /** Per HTTP body or WebSocket message. */
  readonly bodyBytesMax: number;
  readonly batchLengthMax: number;
  readonly jsonDepthMax: number;
  /** Array items and object fields of a message. */
  readonly jsonValuesMax: number;
  readonly jsonNumberLengthMax: number;
  /** Characters. */
  readonly idLengthMax: number;
  /** Characters of an answer or batch. */
  readonly responseBytesMax: number;
  /** Bytes of large messages that are being received or answered, over all clients. */
  readonly incomingBytesMax: number;
  /** Unread answers and running batches, over all clients. Characters. */
  readonly outgoingBytesMax: number;
  /** Waiting simulated calls. The same limit applies to heavy reads, and to scans. */
  readonly callsWaitingMax: number;
  /** Per network address. */
  readonly clientCallsWaitingMax: number;
  /** Sum of `Method.weight` over running calls. */
  readonly weightMax: number;
  readonly connectionsMax: number;
  readonly subscriptionsMax: number;
  readonly subscriptionsTotalMax: number;
  /** A client is disconnected if one of its subscriptions lags more. */
  readonly lagMsMax: number;
  /** A WebSocket with more unread bytes is disconnected. */
  readonly sendBufferBytesMax: number;
  /** Addresses and topics over all subscriptions. The same limit applies to all filters. */
  readonly logItemsMax: number;
  /** Addresses and topics per WebSocket. */
  readonly clientLogItemsMax: number;
  /** Beyond this number, a new filter evicts the least recently polled one. */
  readonly filtersMax: number;
  /** Time without polls after which a filter is removed. */
  readonly filterIdleMs: number;
  readonly pendingHashesMax: number;
  /** Per log query. */
  readonly logsBlocksMax: number;
  /** Per answer. */
  readonly logsResultsMax: number;
  /** Blocks per filter poll or replay. */
  readonly replayBlocksMax: number;
  /** Invalid signatures that a network address may send in a burst. */
  readonly badSignaturesMax: number;
  /** Rate at which the burst allowance refills. */
  readonly badSignaturesPerS: number;
  readonly batchBadSignaturesMax: number;
  readonly callGasMax: bigint;
  /** After this time the batch's remaining entries are refused. */
  readonly batchTimeMs: number;
  /** Time from arrival to cancellation. */
  readonly callTimeMs: number;
}

export interface RpcTimes {
  /** Maximum time to receive a request's headers. */
  readonly headersMs: number;
  /** Maximum time to receive a request's body. */
  readonly bodyMs: number;
  /** A connection without traffic for this time is closed. */
  readonly idleMs: number;
  /** Ping interval. A WebSocket without a pong by the next ping is closed. */
  readonly pingMs: number;
  readonly drainMs: number;
}

export interface RpcOptions {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  readonly roles: readonly Role[];
  /** For example `https://wallet.example`, or a group of `Admission`: local, extensions, *. */
  readonly origins: readonly string[];
  /** Host names allowed in addition to IP addresses, against DNS rebinding. "*" allows all. */
  readonly hosts: readonly string[];
  /** Result of web3_clientVersion, for example "Trellis/0.1.0". */
  readonly clientVersion: string;
  /** For simulated calls and traces. */
  readonly callWorkers: number;
  readonly limits: RpcLimits;
  readonly times: RpcTimes;
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
  bodyBytesMax: 5 * 1024 * 1024,
  batchLengthMax: 1_000,
  jsonDepthMax: 64,
  // Allows two access lists of maximum length. Takes 30 ms to parse.
  jsonValuesMax: 100_000,
  jsonNumberLengthMax: 128,
  idLengthMax: 256,
  responseBytesMax: 25_000_000,
  incomingBytesMax: 256 * 1024 * 1024,
  outgoingBytesMax: 256 * 1024 * 1024,
  // Allows 20 full batches, or 400 simulated calls.
  weightMax: 20_000,
  callsWaitingMax: 1_024,
  clientCallsWaitingMax: 256,
  connectionsMax: 4_096,
  subscriptionsMax: 256,
  subscriptionsTotalMax: 65_536,
  lagMsMax: 30_000,
  sendBufferBytesMax: 4 * 1024 * 1024,
  // About 75 MB of memory.
  logItemsMax: 500_000,
  // Allows two subscriptions of maximum size.
  clientLogItemsMax: 10_000,
  filtersMax: 65_536,
  filterIdleMs: 5 * 60_000,
  pendingHashesMax: 65_536,
  logsBlocksMax: 10_000,
  logsResultsMax: 10_000,
  replayBlocksMax: 1_000,
  // A check takes 55 µs. Post-quantum signatures are checked on the serving thread.
  badSignaturesMax: 256,
  badSignaturesPerS: 32,
  batchBadSignaturesMax: 16,
  callGasMax: 50_000_000n,
  batchTimeMs: 30_000,
  callTimeMs: 5_000,
};

export const DEFAULT_RPC_TIMES: RpcTimes = {
  headersMs: 10_000,
  bodyMs: 30_000,
  idleMs: 75_000,
  pingMs: 30_000,
  drainMs: 2_000,
};

export const DEFAULT_RPC_OPTIONS: RpcOptions = {
  host: "127.0.0.1",
  port: 8545,
  roles: ["public"],
  origins: [],
  hosts: ["localhost"],
  clientVersion: "Trellis",
  callWorkers: 1,
  limits: DEFAULT_RPC_LIMITS,
  times: DEFAULT_RPC_TIMES,
};

export function checkOptions({ limits, times, roles, callWorkers }: RpcOptions): void {
  for (const [option, value] of Object.entries({ ...limits, ...times, callWorkers })) {
    if (value <= 0) throw baseErrors.ARGUMENT_INVALID({ option, got: value, rule: "greater than 0" });
  }
  if (limits.batchLengthMax > limits.weightMax) {
    throw baseErrors.ARGUMENT_INVALID({
      option: "weightMax",
      got: limits.weightMax,
      rule: `at least batchLengthMax (${limits.batchLengthMax}): a full batch must fit an idle server`,
    });
  }
  if (times.headersMs > times.bodyMs) {
    throw baseErrors.ARGUMENT_INVALID({
      option: "headersMs",
      got: times.headersMs,
      rule: "at most bodyMs, which counts from the same moment",
    });
  }
  if (limits.bodyBytesMax > limits.incomingBytesMax) {
    throw baseErrors.ARGUMENT_INVALID({
      option: "incomingBytesMax",
      got: limits.incomingBytesMax,
      rule: `at least bodyBytesMax (${limits.bodyBytesMax}), so that one message fits`,
    });
  }
  if (limits.responseBytesMax > limits.outgoingBytesMax) {
    throw baseErrors.ARGUMENT_INVALID({
      option: "outgoingBytesMax",
      got: limits.outgoingBytesMax,
      rule: `at least responseBytesMax (${limits.responseBytesMax}), so that one response fits`,
    });
  }
  const unknown = roles.find((role) => !ROLES.includes(role));
  if (unknown !== undefined) {
    throw baseErrors.ARGUMENT_INVALID({ option: "roles", got: unknown, rule: `of ${ROLES.join(", ")}` });
  }
}
