import { baseErrors } from "@trellis/base";

/** A server serves only its roles' methods. [RPC-3] */
export const ROLES = ["public", "debug", "mining", "admin", "dev"] as const;
export type Role = (typeof ROLES)[number];

export interface RpcLimits {
  readonly bodyBytesMax: number;
  readonly batchLengthMax: number;
  readonly jsonDepthMax: number;
  /** Array items and object fields. */
  readonly jsonValuesMax: number;
  readonly jsonNumberLengthMax: number;
  /** Characters. */
  readonly idLengthMax: number;
  /** Characters of an answer or batch. */
  readonly responseBytesMax: number;
  /** Large messages that are being received or answered, over all clients. */
  readonly incomingBytesMax: number;
  /** Unread answers and running batches, over all clients, in characters. */
  readonly outgoingBytesMax: number;
  /** Applies separately to heavy reads, to scans and to waits for inclusion. */
  readonly callsWaitingMax: number;
  readonly clientCallsWaitingMax: number;
  /** Sum of `Method.weight` over running calls. */
  readonly weightMax: number;
  readonly connectionsMax: number;
  readonly subscriptionsMax: number;
  readonly subscriptionsTotalMax: number;
  /** A client whose subscription lags more is disconnected. */
  readonly lagMsMax: number;
  /** A WebSocket with more unread bytes is disconnected. */
  readonly sendBufferBytesMax: number;
  /** Addresses and topics of all subscriptions; filters have the same limit. */
  readonly logItemsMax: number;
  /** Addresses and topics per WebSocket. */
  readonly clientLogItemsMax: number;
  /** Above this number, the least recently polled filter is evicted. */
  readonly filtersMax: number;
  /** A filter not polled for this time is removed. */
  readonly filterIdleMs: number;
  readonly pendingHashesMax: number;
  readonly logsBlocksMax: number;
  readonly logsResultsMax: number;
  /** Blocks per `trace_filter`. */
  readonly traceBlocksMax: number;
  /** Blocks per filter poll or replay. */
  readonly replayBlocksMax: number;
  /** Burst per network address. */
  readonly badSignaturesMax: number;
  readonly badSignaturesPerS: number;
  readonly batchBadSignaturesMax: number;
  readonly callGasMax: bigint;
  /** Entries after this time are refused. */
  readonly batchTimeMs: number;
  /** From arrival to cancellation. */
  readonly callTimeMs: number;
  /** Default of `eth_sendRawTransactionSync`. */
  readonly inclusionMs: number;
  readonly inclusionMsMax: number;
}

export interface RpcTimes {
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly idleMs: number;
  /** A WebSocket without a pong by the next ping is closed. */
  readonly pingMs: number;
  readonly drainMs: number;
}

export interface RpcOptions {
  readonly host: string;
  readonly port: number;
  readonly roles: readonly Role[];
  readonly origins: readonly string[];
  /** Allowed besides IP addresses, against DNS rebinding. "*" allows all. */
  readonly hosts: readonly string[];
  /** For web3_clientVersion, such as "Trellis/0.1.0". */
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
  jsonValuesMax: 100_000,
  jsonNumberLengthMax: 128,
  idLengthMax: 256,
  responseBytesMax: 25_000_000,
  incomingBytesMax: 256 * 1024 * 1024,
  outgoingBytesMax: 256 * 1024 * 1024,
  // 20 full batches, or 400 simulated calls.
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
  // Two subscriptions of maximum size.
  clientLogItemsMax: 10_000,
  filtersMax: 65_536,
  filterIdleMs: 5 * 60_000,
  pendingHashesMax: 65_536,
  logsBlocksMax: 10_000,
  logsResultsMax: 10_000,
  // As in Reth.
  traceBlocksMax: 100,
  replayBlocksMax: 1_000,
  // A check takes 55 µs. The serving thread checks post-quantum signatures.
  badSignaturesMax: 256,
  badSignaturesPerS: 32,
  batchBadSignaturesMax: 16,
  callGasMax: 50_000_000n,
  batchTimeMs: 30_000,
  callTimeMs: 5_000,
  // EIP-7966 recommends 2 s. The maximum is below `idleMs`.
  inclusionMs: 2_000,
  inclusionMsMax: 30_000,
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
