import { defineErrors } from "@trellis/base";

export const rpcErrors = defineErrors({
  RPC_JSON_INVALID: {
    message: "invalid JSON",
    hint: "send one JSON-RPC 2.0 request or an array of requests in UTF-8, with large quantities as hexadecimal strings (0x…); the limits are jsonDepthMax and jsonNumberLengthMax",
    consequence: "reject",
    facts: { reason: "string?" },
  },
  RPC_REQUEST_INVALID: {
    message: "invalid JSON-RPC 2.0 request",
    hint: 'POST as application/json, from an allowed host and origin, {"jsonrpc": "2.0", "method", "params": […], "id"}; the limits are bodyBytesMax, jsonValuesMax, batchLengthMax and idLengthMax',
    consequence: "reject",
    facts: { reason: "string?", field: "string?", got: "string?" },
  },
  RPC_METHOD_UNKNOWN: {
    message: "unknown method",
    hint: "call rpc.discover for the list; debug, admin and dev methods must be enabled",
    consequence: "reject",
    facts: { method: "string", reason: "string?" },
  },
  RPC_PARAMETERS_INVALID: {
    message: "invalid parameters",
    hint: "call rpc.discover for the parameters of each method",
    consequence: "reject",
    facts: { reason: "string", index: "number?", parameter: "string?" },
  },
  RPC_REQUEST_REFUSED: {
    message: "request contradictory or not possible",
    hint: "see the reason; debug_traceCall shows where a call fails",
    consequence: "reject",
    facts: { reason: "string", gasUsed: "bigint?" },
  },
  RPC_INDEX_OFF: {
    message: "index not enabled on this node",
    hint: "start the node with --index, or use another node",
    consequence: "reject",
  },
  RPC_NOT_FOUND: {
    message: "block, account, tracer, filter or subscription not found",
    hint: "check the identifier against eth_blockNumber or eth_accounts; filters expire, and subscriptions end with their connection",
    consequence: "reject",
    facts: { reason: "string", id: "string?", head: "number?" },
  },
  RPC_NOT_CANONICAL: {
    message: "block or transaction not on the selected chain",
    hint: "wait until eth_getTransactionReceipt returns a receipt; after a reorganisation, query by number",
    consequence: "retry",
    facts: { reason: "string", id: "string" },
  },
  RPC_LIMIT_EXCEEDED: {
    message: "request exceeds a limit of the server",
    hint: "query smaller ranges, unsubscribe, or use fewer addresses and topics; the limits are logsBlocksMax, logsResultsMax, subscriptionsMax, subscriptionsTotalMax, clientLogItemsMax and logItemsMax",
    consequence: "reject",
    facts: {
      reason: "string",
      subscriptionsMax: "number?",
      subscriptionsTotalMax: "number?",
      count: "number?",
      held: "number?",
      clientLogItemsMax: "number?",
      logItemsMax: "number?",
    },
  },
  RPC_HISTORY_PRUNED: {
    message: "block pruned on this node",
    hint: "use an archive node",
    consequence: "reject",
  },
  RPC_CALL_REVERTED: {
    message: "call reverted",
    hint: "decode the data: it is the contract's revert data (ABI: Error, Panic or a custom error)",
    consequence: "reject",
    facts: { data: "string", gasUsed: "bigint?" },
  },
  RPC_CALL_TIMED_OUT: {
    message: "call timed out",
    hint: "request less at once; the limit is callTimeMs from the request's arrival",
    consequence: "reject",
    facts: { timeMs: "number" },
  },
  RPC_BATCH_TIMED_OUT: {
    message: "batch timed out before this request",
    hint: "send smaller batches; the limit is batchTimeMs",
    consequence: "retry",
  },
  RPC_TOPIC_UNKNOWN: {
    message: "unknown subscription",
    hint: "use newHeads, logs, newPendingTransactions or syncing for eth, chain or dag for trellis",
    consequence: "reject",
    facts: { namespace: "string", topic: "string" },
  },
  RPC_SUBSCRIPTIONS_UNSUPPORTED: {
    message: "subscriptions not supported on this connection",
    hint: "subscribe over WebSocket; over HTTP install a filter and poll it",
    consequence: "reject",
  },
  RPC_CURSOR_UNKNOWN: {
    message: "cursor no longer valid",
    hint: "read the state again and subscribe without a cursor",
    consequence: "reject",
  },
  RPC_RESPONSE_TOO_LARGE: {
    message: "response too large",
    hint: "request less at once; the limit is responseBytesMax",
    consequence: "reject",
  },
  RPC_OVERLOADED: {
    message: "server overloaded",
    hint: "send fewer requests at once, or retry after retryAfterS seconds",
    consequence: "retry",
    facts: {
      retryAfterS: "number?",
      waiting: "number?",
      ofClient: "number?",
      weight: "number?",
      underWay: "number?",
      weightMax: "number?",
      size: "number?",
      got: "number?",
    },
  },
  RPC_BAD_SIGNATURES: {
    message: "too many transactions with invalid signatures or without funds",
    hint: "check the chain id, the signing key and the balance of its account; retry after retryAfterS seconds",
    consequence: "retry",
    facts: { ofMessage: "number?", retryAfterS: "number?" },
  },
  RPC_CLIENT_GONE: {
    message: "client closed the connection",
    hint: "keep the connection open until the response arrives",
    consequence: "ignore",
  },
});
