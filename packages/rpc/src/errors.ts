import { defineErrors } from "@trellis/base";

/** What this package itself refuses. `jsonrpc/errorTable.ts` says which JSON-RPC error a client sees for each. */
export const rpcErrors = defineErrors({
  RPC_JSON_INVALID: {
    message: "the message is not JSON",
    hint: "send one JSON-RPC 2.0 request or an array of them, in UTF-8",
    consequence: "reject",
  },
  RPC_JSON_TOO_DEEP: {
    message: "the message nests deeper than any request does",
    hint: "flatten it; the limit is jsonDepthMax",
    consequence: "reject",
  },
  RPC_JSON_TOO_MANY_VALUES: {
    message: "the message has too many values",
    hint: "split it into several requests; the limit is jsonValuesMax",
    consequence: "reject",
  },
  RPC_NUMBER_TOO_LONG: {
    message: "a number in the message has too many digits",
    hint: "send large quantities as hexadecimal strings (0x…); the limit is jsonNumberLengthMax",
    consequence: "reject",
  },
  RPC_BODY_TOO_LARGE: {
    message: "the message has too many bytes",
    hint: "split the batch; the limit is bodyBytesMax",
    consequence: "reject",
    facts: { got: "number", bodyBytesMax: "number" },
  },
  RPC_BATCH_EMPTY: {
    message: "the batch is empty",
    hint: "put at least one request into the array",
    consequence: "reject",
  },
  RPC_BATCH_TOO_LONG: {
    message: "the batch has too many entries",
    hint: "send several batches; the limit is batchLengthMax",
    consequence: "reject",
  },
  RPC_REQUEST_INVALID: {
    message: "not a JSON-RPC 2.0 request",
    hint: 'give "jsonrpc": "2.0", a method name, params as an array, and an id that is null, a number or a string of at most idLengthMax characters',
    consequence: "reject",
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
    hint: "see the reason",
    consequence: "reject",
    facts: { reason: "string" },
  },
  RPC_INDEX_OFF: {
    message: "this node keeps no index",
    hint: "start it with --index, or ask another",
    consequence: "reject",
  },
  RPC_BLOCK_UNKNOWN: {
    message: "no such block",
    hint: "ask for a block up to eth_blockNumber, or by the hash of a block that was executed",
    consequence: "reject",
    facts: { reason: "string?", block: "string?", head: "number?" },
  },
  RPC_BLOCK_NOT_CANONICAL: {
    message: "the block is not on the selected chain",
    hint: "a reorganisation removed it; ask again by number",
    consequence: "retry",
  },
  RPC_HISTORY_PRUNED: {
    message: "the block is older than what this node keeps",
    hint: "ask an archive node",
    consequence: "reject",
  },
  RPC_TRANSACTION_UNKNOWN: {
    message: "the selected chain has no such transaction",
    hint: "wait until eth_getTransactionReceipt gives a receipt",
    consequence: "retry",
  },
  RPC_CALL_REVERTED: {
    message: "the call reverted",
    hint: "the data is the contract's revert data (ABI: Error, Panic or a custom error)",
    consequence: "reject",
    facts: { data: "string", gasUsed: "bigint?" },
  },
  RPC_CALL_FAILED: {
    message: "the call failed",
    hint: "see the reason; debug_traceCall shows where",
    consequence: "reject",
    facts: { reason: "string", gasUsed: "bigint" },
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
  RPC_TRACER_UNKNOWN: {
    message: "no such tracer",
    hint: "callTracer, prestateTracer, or none for struct logs",
    consequence: "reject",
  },
  RPC_LOGS_RANGE_TOO_WIDE: {
    message: "the block range is wider than one query may be",
    hint: "query piece by piece; the limit is logsBlocksMax",
    consequence: "reject",
    facts: { from: "number", to: "number", logsBlocksMax: "number" },
  },
  RPC_LOGS_TOO_MANY: {
    message: "the query has more results than one answer may hold",
    hint: "narrow the range or the filter; the limit is logsResultsMax",
    consequence: "reject",
    facts: { logsResultsMax: "number" },
  },
  RPC_FILTER_UNKNOWN: {
    message: "no such filter",
    hint: "filters expire when they are not polled, or fall too far behind; install it again",
    consequence: "reject",
  },
  RPC_LOG_ITEMS_TOO_MANY: {
    message:
      "log subscriptions or filters, a client's or all together, look for as many addresses and topics as they may",
    hint: "name fewer and choose among the logs that come, or try again later; the limits are clientLogItemsMax and logItemsMax",
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
  RPC_SUBSCRIPTIONS_TOO_MANY: {
    message: "the connection, or all of them together, hold as many subscriptions as they may",
    hint: "unsubscribe, or widen one subscription; the limits are subscriptionsMax and subscriptionsTotalMax",
    consequence: "reject",
  },
  RPC_SUBSCRIPTION_UNKNOWN: {
    message: "the connection has no such subscription",
    hint: "subscriptions end with their connection",
    consequence: "ignore",
  },
  RPC_CURSOR_UNKNOWN: {
    message: "the cursor names a place that this node cannot continue from",
    hint: "read the state anew and subscribe without a cursor",
    consequence: "reject",
  },
  RPC_SIGNER_UNKNOWN: {
    message: "this node does not hold the key of that account",
    hint: "sign with a wallet and use eth_sendRawTransaction, or choose one of eth_accounts",
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
  RPC_HTTP_REFUSED: {
    message: "not an HTTP request that this server takes",
    hint: "POST with content-type application/json, from a host and origin that the server's configuration admits",
    consequence: "reject",
    facts: { reason: "string" },
  },
  RPC_PORT_UNAVAILABLE: {
    message: "the server cannot listen there",
    hint: "EADDRINUSE: stop the process that holds the port, or choose another one (0 takes any free one); EACCES: ports below 1024 need root or CAP_NET_BIND_SERVICE; EADDRNOTAVAIL: name an address of this machine",
    consequence: "fatal",
  },
  RPC_OPTIONS_INVALID: {
    message: "the server's options contradict each other",
    hint: "correct the named option",
    consequence: "fatal",
  },
});
