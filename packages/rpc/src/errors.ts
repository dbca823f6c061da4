import { defineErrors } from "@trellis/base";

/** `jsonrpc/errorTable.ts` maps these codes to JSON-RPC errors. */
export const rpcErrors = defineErrors({
  RPC_JSON_INVALID: {
    message: "the message is not JSON that this server reads",
    hint: "send one JSON-RPC 2.0 request or an array of them, in UTF-8, and large quantities as hexadecimal strings (0x…); the limits are jsonDepthMax and jsonNumberLengthMax",
    consequence: "reject",
    facts: { reason: "string?" },
  },
  RPC_REQUEST_INVALID: {
    message: "not a JSON-RPC 2.0 request, or not one that this server takes",
    hint: 'POST as application/json, from a host and origin that the settings admit, {"jsonrpc": "2.0", "method", "params": […], "id"}; the limits are bodyBytesMax, jsonValuesMax, batchLengthMax and idLengthMax',
    consequence: "reject",
    facts: { reason: "string?", field: "string?", got: "string?" },
  },
  RPC_METHOD_UNKNOWN: {
    message: "this server has no such method",
    hint: "rpc.discover lists the methods; debug, admin and dev ones must be enabled",
    consequence: "reject",
    facts: { method: "string", reason: "string?" },
  },
  RPC_PARAMETERS_INVALID: {
    message: "the parameters do not fit the method",
    hint: "rpc.discover gives each method's parameters",
    consequence: "reject",
    facts: { reason: "string", index: "number?", parameter: "string?" },
  },
  RPC_REQUEST_REFUSED: {
    message: "the request contradicts itself or asks for what cannot be done",
    hint: "see the reason; debug_traceCall shows where a call fails",
    consequence: "reject",
    facts: { reason: "string", gasUsed: "bigint?" },
  },
  RPC_INDEX_OFF: {
    message: "this node keeps no index",
    hint: "start it with --index, or ask another",
    consequence: "reject",
  },
  RPC_NOT_FOUND: {
    message: "this node has no such block, account, tracer, filter or subscription",
    hint: "blocks are known up to eth_blockNumber, accounts as eth_accounts has them; filters expire, and subscriptions end with their connection",
    consequence: "reject",
    facts: { reason: "string", id: "string?", head: "number?" },
  },
  RPC_NOT_CANONICAL: {
    message: "the block or transaction is not on the selected chain",
    hint: "wait until eth_getTransactionReceipt gives a receipt; after a reorganisation ask again by number",
    consequence: "retry",
    facts: { reason: "string", id: "string" },
  },
  RPC_LIMIT_EXCEEDED: {
    message: "the request asks for more than one client may",
    hint: "query piece by piece, unsubscribe, or name fewer addresses and topics; the limits are logsBlocksMax, logsResultsMax, subscriptionsMax, subscriptionsTotalMax, clientLogItemsMax and logItemsMax",
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
    message: "the block is older than what this node keeps",
    hint: "ask an archive node",
    consequence: "reject",
  },
  RPC_CALL_REVERTED: {
    message: "the call reverted",
    hint: "the data is the contract's revert data (ABI: Error, Panic or a custom error)",
    consequence: "reject",
    facts: { data: "string", gasUsed: "bigint?" },
  },
  RPC_CALL_TIMED_OUT: {
    message: "the call took too long",
    hint: "ask for less at once; the limit is callTimeMs, from the request's arrival",
    consequence: "reject",
    facts: { timeMs: "number" },
  },
  RPC_BATCH_TIMED_OUT: {
    message: "the batch took too long to come to this request",
    hint: "send smaller batches; the limit is batchTimeMs",
    consequence: "retry",
  },
  RPC_TOPIC_UNKNOWN: {
    message: "no such subscription",
    hint: "eth: newHeads, logs, newPendingTransactions, syncing; trellis: chain, dag",
    consequence: "reject",
    facts: { namespace: "string", topic: "string" },
  },
  RPC_SUBSCRIPTIONS_UNSUPPORTED: {
    message: "this connection cannot be notified",
    hint: "subscribe over WebSocket; over HTTP install a filter and poll it",
    consequence: "reject",
  },
  RPC_CURSOR_UNKNOWN: {
    message: "the cursor names a place that this node cannot continue from",
    hint: "read the state again and subscribe without a cursor",
    consequence: "reject",
  },
  RPC_RESPONSE_TOO_LARGE: {
    message: "the answer is larger than an answer may be",
    hint: "ask for less at once; the limit is responseBytesMax",
    consequence: "reject",
  },
  RPC_READ_FAILED: {
    message: "the worker that read the blocks ended before it answered",
    hint: "ask again, for fewer blocks at once; if it happens again, report it with the facts",
    consequence: "retry",
    facts: { reason: "string" },
  },
  RPC_OVERLOADED: {
    message: "the server has as much under way as it may",
    hint: "send less at once, or again after retryAfterS seconds",
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
    message: "too many transactions came with signatures of nobody",
    hint: "check the chain id and the key that signs, and that its account has coins; send again after retryAfterS seconds",
    consequence: "retry",
    facts: { ofMessage: "number?", retryAfterS: "number?" },
  },
  RPC_CLIENT_GONE: {
    message: "the client has closed the connection",
    hint: "keep the connection open until the answer has come",
    consequence: "ignore",
  },
});
