/** Expected response: immediately, today, when convenient. */
export type Severity = "critical" | "warning" | "notice";

export const INCIDENT_KINDS = {
  TREE_DIFFERS_FROM_LEDGER: "the tree's total of an asset differs from the ledger's",
  RESERVES_BELOW_LIABILITIES: "on-chain balances of an asset are below the liabilities",
  RESERVES_NEAR_LIABILITIES: "on-chain balances of an asset are barely above the liabilities",
  LEDGER_TOTAL_OVERFLOW: "customers' balances or debts of an asset exceed a snapshot's range",
  LEDGER_NOT_CONSERVED: "the ledger's total changed other than by deposits, withdrawals and booked entries",
  CHAIN_MOVED_UNBOOKED: "the on-chain balance of an asset changed other than by deposits and withdrawals",
  ASSET_MISSING: "an asset is missing on one side",
  NODES_DISSENTED: "nodes returned different responses, or none",
  READING_OLD: "balances were read too long ago",
  CHAIN_UNREADABLE: "a chain's balances could not be read",
} as const;
export type IncidentKind = keyof typeof INCIDENT_KINDS;

export interface Incident {
  /** Stable while the fault lasts. */
  readonly key: string;
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly asset?: string;
  /** Base units, unless the kind defines otherwise. */
  readonly expected: string;
  readonly got: string;
  readonly difference: string;
}
