/** Amounts in wei, in one state of a shard. */
export interface ShardSupply {
  readonly shard: number;
  /** Sum of all accounts, with escrow. */
  readonly balances: bigint;
  /** Genesis accounts, subsidies and staking rewards. */
  readonly issued: bigint;
  readonly burned: bigint;
  readonly gatewayBalance: bigint;
  /** Gateway totals by other shard, since genesis: escrowed for it, and issued for its messages. */
  readonly sent: ReadonlyMap<number, bigint>;
  readonly received: ReadonlyMap<number, bigint>;
}

export type SupplyFault =
  | { readonly kind: "balances"; readonly shard: number; readonly got: bigint; readonly expected: bigint }
  | { readonly kind: "escrow"; readonly shard: number; readonly got: bigint; readonly min: bigint }
  | {
      readonly kind: "received";
      readonly source: number;
      readonly destination: number;
      readonly got: bigint;
      readonly max: bigint;
    };

interface SupplyReport {
  /** Coins that accounts can use, of all shards. */
  readonly circulating: bigint;
  readonly inFlight: bigint;
  readonly faults: readonly SupplyFault[];
}

/**
 * Without faults, `circulating + inFlight` is what was issued and not burned, or more by coins that reached a gateway
 * without a message. [SHARD-15]
 * @param supplies one per shard; each state is at least as new as the cross-links that other states know of it
 */
export function auditSupply(supplies: readonly ShardSupply[]): SupplyReport {
  const faults = supplies.flatMap((supply) => [...faultsOfShard(supply), ...faultsOfPairs(supply, supplies)]);
  const escrow = sum(supplies.map(({ sent }) => sum(sent.values())));
  return {
    circulating: sum(supplies.map(({ balances }) => balances)) - escrow,
    inFlight: escrow - sum(supplies.map(({ received }) => sum(received.values()))),
    faults,
  };
}

function faultsOfShard(supply: ShardSupply): SupplyFault[] {
  const { shard, balances, issued, burned, gatewayBalance, sent, received } = supply;
  const expected = issued - burned + sum(received.values());
  const min = sum(sent.values());
  return [
    ...(balances === expected ? [] : [{ kind: "balances" as const, shard, got: balances, expected }]),
    ...(gatewayBalance >= min ? [] : [{ kind: "escrow" as const, shard, got: gatewayBalance, min }]),
  ];
}

function faultsOfPairs({ shard, received }: ShardSupply, supplies: readonly ShardSupply[]): SupplyFault[] {
  return [...received].flatMap(([source, got]) => {
    const max = supplies.find((supply) => supply.shard === source)?.sent.get(shard) ?? 0n;
    return got <= max ? [] : [{ kind: "received" as const, source, destination: shard, got, max }];
  });
}

function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}
