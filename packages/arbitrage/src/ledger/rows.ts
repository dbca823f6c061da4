import type { Hex } from "@trellis/base";
import type { Route, RouteLender } from "@trellis/contracts/arbitrage";
import type { Selectable } from "kysely";
import type {
  Asset,
  DecisionRecord,
  ExecutionRecord,
  Figure,
  Fill,
  Movement,
  Opportunity,
  ScanRecord,
  SimulationRecord,
} from "./ArbitrageLedger.ts";
import type { LedgerTables } from "./schema.ts";

export function rowToOpportunity(row: LedgerTables["opportunities"]): Opportunity {
  const { profitMin, amountIn, lender, ...route } = JSON.parse(row.route) as RouteInJson;
  return {
    id: row.id,
    chainId: Number(row.chain_id),
    block: { height: Number(row.block_height), hash: row.block_hash as Hex },
    route: {
      ...route,
      anchor: { number: route.anchor.number, hash: route.anchor.hash },
      profitMin: BigInt(profitMin),
      amountIn: BigInt(amountIn),
      ...(lender && { lender: { ...lender, amountIn: BigInt(lender.amountIn) } }),
    },
    expectedProfit: BigInt(row.expected_profit),
    foundAtMs: Number(row.found_at_ms),
  };
}

type RouteInJson = Omit<Route, "profitMin" | "amountIn" | "lender"> & {
  readonly profitMin: string;
  readonly amountIn: string;
  readonly lender?: Omit<RouteLender, "amountIn"> & { readonly amountIn: string };
};

export function rowToSimulation(row: LedgerTables["simulations"]): SimulationRecord {
  return {
    simulator: row.simulator,
    isSuccess: row.is_success,
    profit: BigInt(row.profit),
    gasUsed: BigInt(row.gas_used),
    failure: row.failure ?? undefined,
    simulatedAtMs: Number(row.simulated_at_ms),
  };
}

export function rowToDecision(row: LedgerTables["decisions"]): DecisionRecord {
  return {
    stage: row.stage,
    isGo: row.is_go,
    code: row.code,
    reason: row.reason,
    figures: JSON.parse(row.figures) as Record<string, Figure>,
    decidedAtMs: Number(row.decided_at_ms),
  };
}

export function rowToExecution(row: LedgerTables["executions"]): ExecutionRecord {
  const { transaction_hash, block_height, block_hash, gas_used, gas_price_wei, l1_fee_wei } = row;
  const isIncluded = transaction_hash !== null && block_hash !== null;
  return {
    wallet: row.wallet as Hex,
    nonce: Number(row.nonce),
    outcome: row.outcome,
    inclusion: isIncluded
      ? {
          transactionHash: transaction_hash as Hex,
          block: { height: Number(block_height), hash: block_hash as Hex },
          gasUsed: BigInt(gas_used ?? 0),
          gasPriceWei: BigInt(gas_price_wei ?? 0),
          ...(l1_fee_wei !== null && { l1FeeWei: BigInt(l1_fee_wei) }),
        }
      : undefined,
    changedAtMs: Number(row.changed_at_ms),
  };
}

export function rowToFill(row: LedgerTables["fills"]): Fill {
  return {
    place: row.place,
    pool: row.pool as Hex,
    tokenIn: row.token_in as Hex,
    amountIn: BigInt(row.amount_in),
    tokenOut: row.token_out as Hex,
    amountOut: BigInt(row.amount_out),
  };
}

export function rowToScan(row: LedgerTables["scans"]): ScanRecord {
  return {
    chainId: Number(row.chain_id),
    block: { height: Number(row.block_height), hash: row.block_hash as Hex },
    blockTimeMs: Number(row.series_ms),
    found: row.found,
    examined: row.examined,
    sized: row.sized,
    trades: row.trades,
    truncated: JSON.parse(row.truncated) as string[],
    dropped: JSON.parse(row.dropped) as Record<string, number>,
    scannedAtMs: Number(row.scanned_at_ms),
  };
}

export function opportunityToRow({
  id,
  chainId,
  block,
  route,
  expectedProfit,
  foundAtMs,
}: Opportunity): Omit<LedgerTables["opportunities"], "outcome"> {
  return {
    id,
    series_ms: BigInt(seriesMsOf(route)),
    chain_id: BigInt(chainId),
    block_height: BigInt(block.height),
    block_hash: block.hash,
    token: route.hops[0]?.tokenIn ?? "",
    amount_in: String(route.amountIn),
    expected_profit: String(expectedProfit),
    route: toJson(route),
    found_at_ms: BigInt(foundAtMs),
  };
}

/** Partition key, equal for all workers. */
export function seriesMsOf({ deadlineSeconds }: Pick<Route, "deadlineSeconds">): number {
  return deadlineSeconds * 1_000;
}

export function rowToMovement(row: Selectable<LedgerTables["movements"]>): Movement {
  return {
    chainId: Number(row.chain_id),
    account: row.account as Hex,
    asset: row.asset as Asset,
    kind: row.kind,
    amount: BigInt(row.amount),
    reference: row.reference === null ? undefined : BigInt(row.reference),
    opportunityId: row.opportunity_id ?? undefined,
    transactionHash: row.transaction_hash as Hex,
    block: { height: Number(row.block_height), hash: row.block_hash as Hex },
    recordedAtMs: Number(row.recorded_at_ms),
  };
}

export function toJson(value: object): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}
