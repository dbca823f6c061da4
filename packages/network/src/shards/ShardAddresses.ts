/** Addresses in the p2p networks of a node's other shards. [NET-32] */
export interface ShardAddresses {
  /** Own ones in each followed shard above 0, with peer ids. Empty while the shard's network does not listen. */
  own(): ReadonlyMap<number, readonly string[]>;
  /** All that connected peers name for a followed shard. They replace earlier ones. */
  found(shard: number, addresses: readonly string[]): void;
}
