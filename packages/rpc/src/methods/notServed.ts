/** Tests compare this list with Ethereum's document and the README. */
export const NOT_SERVED: readonly string[] = ["debug_getRawBlockAccessList", "eth_getBlockAccessList"];
