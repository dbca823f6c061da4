/** The networks of a node's other shards. [NET-32] */
export interface ShardNetworks {
  /** Of each followed shard above 0, with peer ids. Without addresses while its network does not listen. */
  addresses(): ReadonlyMap<number, readonly string[]>;
  /** All that connected peers name for a followed shard. They replace earlier ones. */
  found(shard: number, addresses: readonly string[]): void;
}
