/** Tests compare this list with Ethereum's document and the README. */
export const NOT_SERVED: readonly string[] = [
  "debug_getRawBlockAccessList",
  "eth_capabilities",
  "eth_config",
  "eth_fillTransaction",
  "eth_getBlockAccessList",
  "eth_getStorageValues",
  "eth_simulateV1",
  "trace_block",
  "trace_call",
  "trace_callMany",
  "trace_filter",
  "trace_get",
  "trace_rawTransaction",
  "trace_replayBlockTransactions",
  "trace_replayTransaction",
  "trace_transaction",
];
