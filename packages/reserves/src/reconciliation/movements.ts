import type { LedgerFlows } from "../ledger/index.ts";
import type { Movements, Totals } from "./reconcile.ts";

type Flows = LedgerFlows["byKind"];

/** Excludes the custodian's own funds. */
export function movementsBetween(before: Flows, now: Flows): Movements {
  return {
    deposits: differences(before, now, ["deposit"], 1n),
    withdrawals: differences(before, now, ["withdrawal"], -1n),
    booked: differences(before, now, ["fee", "reward", "adjustment", "transfer", "trade", "loan"], 1n),
    own: new Map(),
  };
}

function differences(
  before: Flows,
  now: Flows,
  kinds: readonly (Flows extends ReadonlyMap<string, ReadonlyMap<infer Kind, bigint>> ? Kind : never)[],
  sign: 1n | -1n,
): Totals {
  const sumOf = (flows: Flows, asset: string): bigint =>
    kinds.reduce((sum, kind) => sum + (flows.get(asset)?.get(kind) ?? 0n), 0n);
  return new Map([...now.keys()].map((asset) => [asset, sign * (sumOf(now, asset) - sumOf(before, asset))]));
}
