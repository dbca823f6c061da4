import { baseErrors } from "@trellis/base";

/** Who a method is for. A server answers only the roles that it was given; the rest do not exist for its clients. [RPC-3] */
export const ROLES = ["public", "debug", "admin", "dev"] as const;
export type Role = (typeof ROLES)[number];

/** What bounds the work and memory that clients can cause. */
export interface RpcLimits {
  /** One HTTP body or WebSocket message. */
  readonly bodyBytesMax: number;
  /** Entries of one batch. */
  readonly batchLengthMax: number;
  readonly jsonDepthMax: number;
  /** Values of one message: array items and object fields, at every depth. */
  readonly jsonValuesMax: number;
  /** Characters of one JSON number, its sign not counted. */
  readonly jsonNumberLengthMax: number;
  /** Characters of a request's id. */
  readonly idLengthMax: number;
  /** Characters of one answer, a batch's entries together. */
  readonly responseBytesMax: number;
  /** Bytes of large messages that come or are being answered, of all clients together. */
  readonly incomingBytesMax: number;
  /** Characters of large answers that wait to be read or belong to a batch under way, of all clients together. */
  readonly outgoingBytesMax: number;
  /** Simulated calls that wait for a worker, of all clients; as many again heavy reads, and scans that wait for their turn. */
  readonly callsWaitingMax: number;
  /** Those of one network address. */
  readonly clientCallsWaitingMax: number;
  /** Sum of the weights of the calls under way; see `Method.weight`. */
  readonly weightMax: number;
  /** TCP connections, WebSockets among them. */
  readonly connectionsMax: number;
  /** Of one WebSocket. */
  readonly subscriptionsMax: number;
  /** Of all WebSockets together. */
  readonly subscriptionsTotalMax: number;
  /** How far a WebSocket client may be behind with what it subscribed to; one that is further is disconnected. */
  readonly lagMsMax: number;
  /** Bytes that may wait for a WebSocket client to read them; a slower client is disconnected. */
  readonly sendBufferBytesMax: number;
  /** Addresses and topics that the log subscriptions of all clients together look for, and as many again their filters. */
  readonly logItemsMax: number;
  /** Addresses and topics that the log subscriptions of one WebSocket look for. */
  readonly clientLogItemsMax: number;
  /** Filters of all clients together; the one that was not polled for longest makes room for a new one. */
  readonly filtersMax: number;
  /** A filter that is not polled for so long is removed. */
  readonly filterIdleMs: number;
  /** Newest pending transaction hashes kept for filters. */
  readonly pendingHashesMax: number;
  /** Blocks of one log query. */
  readonly logsBlocksMax: number;
  /** Logs of one answer. */
  readonly logsResultsMax: number;
  /** Blocks that one poll of a filter reads, or one resumed subscription replays at once. */
  readonly replayBlocksMax: number;
  /** Transactions with signatures of nobody that one network address may send in a burst. */
  readonly badSignaturesMax: number;
  /** How many more it may send each second. */
  readonly badSignaturesPerS: number;
  /** How many end a batch. */
  readonly batchBadSignaturesMax: number;
  /** The most gas of a simulated call. */
  readonly callGasMax: bigint;
  /** Time for a batch; what it has not come to by then is refused. */
  readonly batchTimeMs: number;
  /** Time from a request's arrival until a simulated call, a trace or a long read is given up. */
  readonly callTimeMs: number;
}

/** Times of a connection, ms. */
export interface RpcTimes {
  /** From a connection's or request's begin to the end of its headers. */
  readonly headersMs: number;
  /** From a request's begin to the end of its body. */
  readonly bodyMs: number;
  /** A connection without traffic. */
  readonly idleMs: number;
  /** Between pings of a WebSocket; one that misses a ping's answer until the next is closed. */
  readonly pingMs: number;
  /** For requests under way when the server stops. */
  readonly drainMs: number;
}

export interface RpcOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly roles: readonly Role[];
  /** Browser origins that may use the server: `https://wallet.example`, or a group of `Admission`: local, extensions, *. */
  readonly origins: readonly string[];
  /** Values of the Host header that are answered beside IP addresses (against DNS rebinding); "*" admits all. */
  readonly hosts: readonly string[];
  /** What web3_clientVersion says: "Trellis/0.1.0". */
  readonly clientVersion: string;
  /** Simulated calls and traces that run at once: as many as the chain has workers for them. */
  readonly callWorkers: number;
  readonly limits: RpcLimits;
  readonly times: RpcTimes;
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
  bodyBytesMax: 5 * 1024 * 1024,
  batchLengthMax: 1_000,
  jsonDepthMax: 64,
  // Two access lists as long as one may be, or a full batch with 100 values an entry: 30 ms to parse.
  jsonValuesMax: 100_000,
  jsonNumberLengthMax: 128,
  idLengthMax: 256,
  responseBytesMax: 25_000_000,
  incomingBytesMax: 256 * 1024 * 1024,
  outgoingBytesMax: 256 * 1024 * 1024,
  // 20 full batches of transactions, or 400 simulated calls.
  weightMax: 20_000,
  callsWaitingMax: 1_024,
  clientCallsWaitingMax: 256,
  connectionsMax: 4_096,
  subscriptionsMax: 256,
  subscriptionsTotalMax: 65_536,
  lagMsMax: 30_000,
  sendBufferBytesMax: 4 * 1024 * 1024,
  // About 75 MB.
  logItemsMax: 500_000,
  // Two subscriptions as great as one can be.
  clientLogItemsMax: 10_000,
  filtersMax: 65_536,
  filterIdleMs: 5 * 60_000,
  pendingHashesMax: 65_536,
  logsBlocksMax: 10_000,
  logsResultsMax: 10_000,
  replayBlocksMax: 1_000,
  // A check takes 55 µs of a worker; those of post-quantum keys, of the thread that serves.
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

/** @throws ARGUMENT_INVALID */
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
      rule: `at least bodyBytesMax (${limits.bodyBytesMax}): one message must be able to come`,
    });
  }
  if (limits.responseBytesMax > limits.outgoingBytesMax) {
    throw baseErrors.ARGUMENT_INVALID({
      option: "outgoingBytesMax",
      got: limits.outgoingBytesMax,
      rule: `at least responseBytesMax (${limits.responseBytesMax}): one answer must be able to leave`,
    });
  }
  const unknown = roles.find((role) => !ROLES.includes(role));
  if (unknown !== undefined) {
    throw baseErrors.ARGUMENT_INVALID({ option: "roles", got: unknown, rule: `of ${ROLES.join(", ")}` });
  }
}
