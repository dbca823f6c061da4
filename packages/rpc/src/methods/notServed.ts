/** Ethereum methods that Trellis lacks. Tests compare this list with Ethereum's document and the README. */
export const NOT_SERVED: readonly string[] = [
  "debug_getRawBlockAccessList",
  "eth_capabilities",
  "eth_config",
  "eth_fillTransaction",
  "eth_getBlockAccessList",
  "eth_getStorageValues",
  "eth_sendRawTransactionSync",
  "eth_simulateV1",
];
