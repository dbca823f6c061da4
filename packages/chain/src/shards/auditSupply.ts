import { sum } from "./sum.ts";

/** Amounts in wei, in one state of a shard. */
export interface ShardSupply {
  readonly shard: number;
  /** Sum of all accounts, with escrow. */
  readonly balances: bigint;
  /** Genesis accounts, subsidies and staking rewards, but not what messages issue. */
  readonly issued: bigint;
  /** Base fees, without the treasury's share. */
  readonly burned: bigint;
  readonly gatewayBalance: bigint;
  /** Gateway totals by other shard, since genesis: escrowed for it, and issued for its messages. */
  readonly sent: ReadonlyMap<number, bigint>;
  readonly received: ReadonlyMap<number, bigint>;
}

export type SupplyFault =
  | { readonly kind: "balances"; readonly shard: number; readonly got: bigint; readonly max: bigint }
  | { readonly kind: "escrow"; readonly shard: number; readonly got: bigint; readonly min: bigint }
  | {
      readonly kind: "received";
      readonly source: number;
      readonly destination: number;
      readonly got: bigint;
      readonly max: bigint;
    };

interface SupplyReport {
  /** Coins outside gateways. */
  readonly circulating: bigint;
  readonly inFlight: bigint;
  /**
   * Coins of gateways beside their escrow: sent there without a message, or those of a refund that was lost. A
   * simulation that sends none demands zero.
   */
  readonly unclaimed: bigint;
  /** Coins that contracts destroyed, by a self-destruct in favour of themselves. */
  readonly destroyed: bigint;
  /** Each shows coins from nothing. */
  readonly faults: readonly SupplyFault[];
}

/**
 * Circulating, in flight, unclaimed and destroyed are together what was issued and not burned. For simulations and
 * tests, which can sum all accounts. Nodes use `requireSupply` and `SupplyAudit`. [SHARD-17]
 * @param supplies one per shard; each state is at least as new as the cross-links that other states know of it
 */
export function auditSupply(supplies: readonly ShardSupply[]): SupplyReport {
  const total = (amount: (supply: ShardSupply) => bigint): bigint => sum(supplies.map(amount));
  const escrow = total(({ sent }) => sum(sent.values()));
  const gateways = total(({ gatewayBalance }) => gatewayBalance);
  return {
    circulating: total(({ balances }) => balances) - gateways,
    inFlight: escrow - total(({ received }) => sum(received.values())),
    unclaimed: gateways - escrow,
    destroyed: total((supply) => expectedBalances(supply) - supply.balances),
    faults: supplies.flatMap((supply) => [...faultsOfShard(supply), ...faultsOfPairs(supply, supplies)]),
  };
}

function expectedBalances({ issued, burned, received }: ShardSupply): bigint {
  return issued - burned + sum(received.values());
}

function faultsOfShard(supply: ShardSupply): SupplyFault[] {
  const { shard, balances, gatewayBalance, sent } = supply;
  const max = expectedBalances(supply);
  const min = sum(sent.values());
  return [
    // Contracts can destroy coins, so fewer are no fault.
    ...(balances <= max ? [] : [{ kind: "balances" as const, shard, got: balances, max }]),
    ...(gatewayBalance >= min ? [] : [{ kind: "escrow" as const, shard, got: gatewayBalance, min }]),
  ];
}

function faultsOfPairs({ shard, received }: ShardSupply, supplies: readonly ShardSupply[]): SupplyFault[] {
  return [...received].flatMap(([source, got]) => {
    const max = supplies.find((supply) => supply.shard === source)?.sent.get(shard) ?? 0n;
    return got <= max ? [] : [{ kind: "received" as const, source, destination: shard, got, max }];
  });
}
