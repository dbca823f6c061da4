/** Response: immediately, today, or when convenient. */
export type Severity = "critical" | "warning" | "notice";

export const INCIDENT_KINDS = {
  TREE_DIFFERS_FROM_LEDGER: "the tree's total of an asset is not the ledger's",
  RESERVES_BELOW_LIABILITIES: "the chains hold less of an asset than is owed to customers",
  RESERVES_NEAR_LIABILITIES: "the chains hold hardly more of an asset than is owed to customers",
  LEDGER_TOTAL_OVERFLOW: "customers own or owe more of an asset than a snapshot can count",
  LEDGER_NOT_CONSERVED:
    "the ledger's total changed by something else than deposits, withdrawals and booked items",
  CHAIN_MOVED_UNBOOKED:
    "the chains' balance of an asset changed by something else than deposits and withdrawals",
  ASSET_MISSING: "an asset is on one side and not on the other",
  NODES_DISSENTED: "nodes gave different answers, or none",
  READING_OLD: "balances were read too long ago",
  CHAIN_UNREADABLE: "a chain's balances could not be read",
} as const;
export type IncidentKind = keyof typeof INCIDENT_KINDS;

export interface Incident {
  /** Stable while the fault lasts: an incident opens and closes once. */
  readonly key: string;
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly asset?: string;
  /** Base units, unless the kind defines otherwise. */
  readonly expected: string;
  readonly got: string;
  readonly difference: string;
}
