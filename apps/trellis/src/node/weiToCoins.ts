/** For metrics and texts: rounded. */
export function weiToCoins(wei: bigint): number {
  return Number(wei) / 1e18;
}
