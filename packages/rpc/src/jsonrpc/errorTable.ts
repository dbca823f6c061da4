import type { DeclaredFacts, Facts, TrellisError } from "@trellis/base";
import type { chainErrors, mempoolErrors, ruleErrors, stateErrors, storeErrors } from "@trellis/chain";
import type { evmErrors } from "@trellis/evm";
import type { networkErrors } from "@trellis/network";
import type { authErrors } from "@trellis/platform";
import type { protocolErrors } from "@trellis/protocol";
import type { rpcErrors } from "../errors.ts";
import { revertMessage } from "../revertMessage.ts";

export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** JSON-RPC 2.0 (section 5.1), EIP-1474, EIP-7966 and geth's package rpc. */
export const CODES = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  internal: -32603,
  server: -32000,
  unnotifiable: -32001,
  forbidden: -32001,
  timeout: -32002,
  responseTooLarge: -32003,
  limit: -32005,
  pruned: 4444,
  reverted: 3,
  notIncluded: 4,
  notReady: 5,
} as const;

type Codes = typeof rpcErrors.table &
  typeof authErrors.table &
  typeof protocolErrors.table &
  typeof mempoolErrors.table &
  typeof stateErrors.table &
  typeof chainErrors.table &
  typeof storeErrors.table &
  typeof ruleErrors.table &
  typeof evmErrors.table &
  typeof networkErrors.table;
type Code = keyof Codes & string;
type FactsOf<C extends Code> = DeclaredFacts<Codes[C]>;

type Rows = { readonly [C in Code]?: (facts: FactsOf<C>) => JsonRpcError };

const server =
  <F = unknown>(message: string | ((facts: F) => string)): ((facts: F) => JsonRpcError) =>
  (facts) => ({ code: CODES.server, message: typeof message === "string" ? message : message(facts) });

const reason = ({ reason: why }: { readonly reason?: string | undefined }, otherwise: string): string =>
  why ?? otherwise;

/** execution-apis, eth_simulateV1. */
const SIMULATION_CODES: Readonly<Record<string, number>> = {
  NONCE_TOO_LOW: -38010,
  NONCE_TOO_HIGH: -38011,
  FEE_BELOW_BASE_FEE: -38012,
  INTRINSIC_GAS: -38013,
  FUNDS_INSUFFICIENT: -38014,
  GAS_BUDGET_EXHAUSTED: -38015,
  NUMBER_NOT_INCREASED: -38020,
  TIMESTAMP_DECREASED: -38021,
  SENDER_HAS_CODE: -38024,
  GAS_MAX_EXCEEDED: -38026,
};

/** Errors of geth's package rlp, keyed by the reason of RLP_INVALID. */
const RLP_WORDS: Readonly<Record<string, string>> = {
  truncated: "value size exceeds available input length",
  "not canonical": "non-canonical size information",
  "trailing bytes": "input contains more than one value",
  "unexpected kind": "expected List",
  "missing field": "too few elements",
  "extra field": "input list has too many elements",
  "integer too great": "input string too long",
  "unexpected length": "input string has the wrong length",
};

/**
 * Libraries recognise geth's codes and messages. [RPC-4] Sources: geth's core/error.go, core/txpool,
 * core/types, internal/ethapi, eth/filters, rpc.
 */
export const ERROR_TABLE: Rows = {
  RPC_JSON_INVALID: ({ reason: why }) => ({
    code: CODES.parse,
    message: why === undefined ? "parse error" : `parse error: ${why}`,
  }),
  RPC_BATCH_TIMED_OUT: () => ({ code: CODES.timeout, message: "request timed out" }),
  RPC_REQUEST_INVALID: (facts) => ({ code: CODES.request, message: reason(facts, "invalid request") }),
  RPC_METHOD_UNKNOWN: ({ method, reason: why }) => ({
    code: CODES.method,
    message: `the method ${method} does not exist/is not available${why === undefined ? "" : `: ${why}`}`,
  }),
  RPC_SHARD_UNKNOWN: ({ shard, followed }) => ({
    code: CODES.request,
    message: `this node does not follow shard ${shard}, but: ${followed}`,
  }),
  RPC_PARAMETERS_INVALID: (facts) => ({ code: CODES.params, message: parametersMessage(facts) }),
  RPC_REQUEST_REFUSED: server((facts) => reason(facts, "invalid request")),
  RPC_RESPONSE_TOO_LARGE: () => ({ code: CODES.responseTooLarge, message: "response too large" }),

  ADDRESS_INVALID: ({ address, reason: why }) => ({
    code: CODES.params,
    message: `invalid argument 0: ${why ?? "not an address at which a peer can be dialled"}: ${address}`,
  }),

  RPC_NOT_FOUND: server((facts) => reason(facts, "not found")),
  RPC_NOT_CANONICAL: server((facts) => reason(facts, "not found")),
  BLOCK_UNKNOWN: server("header not found"),
  GENESIS_NOT_TRACEABLE: server("genesis is not traceable"),
  RPC_HISTORY_PRUNED: () => ({ code: CODES.pruned, message: "pruned history unavailable" }),
  STATE_UNAVAILABLE: server(({ block }) => {
    const state = block ?? "unknown";
    return `missing trie node ${state} (path ) state ${state} is not available`;
  }),
  STATE_INCOMPLETE: server(
    ({ forkedNumber }) =>
      `no proofs and lists of slots after forked block ${forkedNumber}: tries of a fork contain only what its own blocks wrote; use block ${forkedNumber} or an earlier one`,
  ),

  RPC_CALL_REVERTED: ({ data }) => ({ code: CODES.reverted, message: revertMessage(data), data }),
  CALL_REVERTED: ({ data }) => ({ code: CODES.reverted, message: revertMessage(data), data }),
  CALL_FAILED: server((facts) => reason(facts, "execution failed")),
  CALL_INVALID: server((facts) =>
    facts.verdict === "FEE_BELOW_BASE_FEE"
      ? "max fee per gas less than block base fee"
      : reason(facts, "the call cannot be a transaction"),
  ),
  CALL_FUNDS_INSUFFICIENT: server(callFundsMessage),
  CALL_GAS_TOO_LOW: server(({ got, gasMin }) =>
    gasMin === undefined ? "intrinsic gas too low" : `intrinsic gas too low: have ${got}, want ${gasMin}`,
  ),
  RPC_SIMULATION_REFUSED: ({ problem, reason: why }) => ({
    code: SIMULATION_CODES[problem] ?? CODES.params,
    message: reason({ reason: why }, "simulation refused"),
  }),
  RPC_CALL_TIMED_OUT: ({ timeMs }) => ({
    code: CODES.server,
    message: `execution aborted (timeout = ${timeMs / 1000}s)`,
  }),

  RPC_INCLUSION_TIMED_OUT: ({ transactionHash, timeMs }) => ({
    code: CODES.notIncluded,
    message: `the transaction was added to the mempool but not included in ${timeMs / 1000}s`,
    data: transactionHash,
  }),
  RPC_TRANSACTION_QUEUED: ({ transactionHash, nextNonce }) => ({
    code: CODES.notReady,
    message: `the transaction was added to the mempool but waits for nonce ${nextNonce}`,
    data: transactionHash,
  }),
  RPC_TRANSACTION_DROPPED: ({ transactionHash, reason: why }) => ({
    code: CODES.server,
    message: `the transaction has left the mempool without being included: ${why}`,
    data: transactionHash,
  }),

  RPC_LIMIT_EXCEEDED: (facts) => ({ code: CODES.limit, message: reason(facts, "limit exceeded") }),
  RPC_TOPIC_UNKNOWN: ({ topic, namespace }) => ({
    code: CODES.method,
    message: `no ${JSON.stringify(topic)} subscription in ${namespace} namespace`,
  }),
  RPC_SUBSCRIPTIONS_UNSUPPORTED: () => ({ code: CODES.unnotifiable, message: "notifications not supported" }),
  RPC_OVERLOADED: ({ retryAfterS }) => ({
    code: CODES.limit,
    message: "limit exceeded: too many requests under way",
    data: { code: "RPC_OVERLOADED", retryAfterS: retryAfterS ?? 1 },
  }),
  RPC_BAD_SIGNATURES: ({ retryAfterS }) => ({
    code: CODES.limit,
    message: "limit exceeded: too many transactions with invalid signatures or without funds",
    data: { code: "RPC_BAD_SIGNATURES", retryAfterS: retryAfterS ?? 1 },
  }),
  RATE_LIMITED: ({ retryAfterS, limit, policy }) => ({
    code: CODES.limit,
    message: "limit exceeded: rate limit",
    data: { code: "RATE_LIMITED", retryAfterS: retryAfterS ?? 1, limit, policy },
  }),
  RPC_CLIENT_GONE: server("the client has closed the connection"),

  RLP_INVALID: server(({ reason: why }) => `rlp: ${RLP_WORDS[why] ?? why}`),
  TX_TYPE_UNSUPPORTED: server(({ algorithm }) =>
    algorithm === undefined
      ? "transaction type not supported"
      : `signature algorithm ${algorithm} not supported`,
  ),
  TX_BLOBS_UNSUPPORTED: server("blob transactions not supported"),
  TX_UNPROTECTED: server("only replay-protected (EIP-155) transactions allowed over RPC"),
  TX_SIGNATURE_INVALID: server("invalid sender"),
  TX_CHAIN_ID_MISMATCH: server(
    ({ got, expected }) => `invalid sender: invalid chain id for signer: have ${got} want ${expected}`,
  ),
  TX_TOO_LARGE: server(({ got, bytesMax }) => `oversized data: transaction size ${got}, limit ${bytesMax}`),
  TX_INITCODE_TOO_LARGE: server(
    ({ got, bytesMax }) => `max initcode size exceeded: code size ${got} limit ${bytesMax}`,
  ),
  TX_GAS_LIMIT_TOO_HIGH: server(({ got, gasMax, of }) =>
    of === "transaction"
      ? `transaction gas limit too high (cap: ${gasMax}, tx: ${got})`
      : "exceeds block gas limit",
  ),
  TX_TIP_ABOVE_FEE_CAP: server("max priority fee per gas higher than max fee per gas"),
  TX_FEE_OVERFLOW: server("max fee per gas higher than 2^256-1"),
  TX_NONCE_MAX: server("nonce has max value"),
  TX_INTRINSIC_GAS_TOO_LOW: server(
    ({ got, gasMin }) => `intrinsic gas too low: gas ${got}, minimum needed ${gasMin}`,
  ),

  ALREADY_KNOWN: server("already known"),
  NONCE_TOO_LOW: server(
    ({ accountNonce, nonce }) => `nonce too low: next nonce ${accountNonce}, tx nonce ${nonce}`,
  ),
  NONCE_TOO_FAR: server(
    ({ nonce, nonceMax }) => `nonce too high: tx nonce ${nonce}, greatest nonce kept ${nonceMax}`,
  ),
  REPLACEMENT_UNDERPRICED: server("replacement transaction underpriced"),
  FUNDS_INSUFFICIENT: server(fundsMessage),
  FEE_CAP_BELOW_FLOOR: server(feeCapMessage),
  TIP_BELOW_FLOOR: server(
    ({ maxPriorityFeePerGas, floor }) =>
      `transaction underpriced: gas tip cap ${maxPriorityFeePerGas}, minimum needed ${floor}`,
  ),
  POOL_FULL: server("txpool is full"),
  SENDER_LIMIT_REACHED: server(({ max }) => `account limit exceeded: pooled ${max} txs`),
  SENDER_HAS_CODE: server(
    ({ sender, codeHash }) => `sender not an eoa: address ${sender}, codehash: ${codeHash}`,
  ),
  KEY_NOT_VALID: server("invalid sender: key not valid for the account"),
};

export function toJsonRpcError(error: TrellisError): JsonRpcError {
  if (error.consequence === "fatal") return INTERNAL_ERROR;
  const row = rowOf(error.code);
  if (row !== undefined) return row(error.facts);
  const { code, hint, facts } = error.toJSON();
  const number = UNAUTHORIZED.has(error.code) ? CODES.forbidden : CODES.server;
  return { code: number, message: error.message, data: { code, hint, facts } };
}

export const UNAUTHORIZED: ReadonlySet<string> = new Set([
  "ADDRESS_REFUSED",
  "API_KEY_UNKNOWN",
  "SCOPE_FORBIDDEN",
  "SIGNATURE_INVALID",
  "TOKEN_CLAIM_INVALID",
  "TOKEN_EXPIRED",
  "TOKEN_INVALID",
]);

/** The cast is safe: the code's factory sets the facts. */
function rowOf(code: string): ((facts: Facts) => JsonRpcError) | undefined {
  if (!Object.hasOwn(ERROR_TABLE, code)) return undefined;
  return ERROR_TABLE[code as Code] as (facts: Facts) => JsonRpcError;
}

export const INTERNAL_ERROR: JsonRpcError = { code: CODES.internal, message: "internal error" };

function parametersMessage({ index, reason: why }: FactsOf<"RPC_PARAMETERS_INVALID">): string {
  return index === undefined ? `${why}` : `invalid argument ${index}: ${why}`;
}

function fundsMessage({ balance, cost, pendingCost, missing }: FactsOf<"FUNDS_INSUFFICIENT">): string {
  const queued = pendingCost > 0n ? `queued cost ${pendingCost}, ` : "";
  return `insufficient funds for gas * price + value: balance ${balance}, ${queued}tx cost ${cost}, overshot ${missing}`;
}

function callFundsMessage({ sender, balance, cost }: FactsOf<"CALL_FUNDS_INSUFFICIENT">): string {
  // The estimate fails before the gas cost is known.
  if (cost === undefined) return "insufficient funds for transfer";
  return `insufficient funds for gas * price + value: address ${sender} have ${balance} want ${cost}`;
}

function feeCapMessage({ maxFeePerGas, baseFee, feeCapMin, floor }: FactsOf<"FEE_CAP_BELOW_FLOOR">): string {
  if (maxFeePerGas < baseFee) {
    return `max fee per gas less than block base fee: maxFeePerGas: ${maxFeePerGas}, baseFee: ${baseFee}`;
  }
  return `transaction underpriced: gas fee cap ${maxFeePerGas}, minimum needed ${feeCapMin + floor}`;
}
