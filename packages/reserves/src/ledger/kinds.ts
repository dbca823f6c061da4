/** Sides are never netted. */
export type AccountSide = "equity" | "debt";

export interface EntryKind {
  readonly side: AccountSide;
  /** Required sign of amounts; 0 allows both. */
  readonly sign: 1 | -1 | 0;
  /** Entries with the same reference must be in one batch. Per asset, their equity minus debt is zero. */
  readonly lines: "transfer" | "trade" | "loan" | undefined;
}

export const ENTRY_KINDS = {
  deposit: { side: "equity", sign: 1, lines: undefined },
  withdrawal: { side: "equity", sign: -1, lines: undefined },
  fee: { side: "equity", sign: -1, lines: undefined },
  reward: { side: "equity", sign: 1, lines: undefined },
  adjustment: { side: "equity", sign: 0, lines: undefined },
  transfer: { side: "equity", sign: 0, lines: "transfer" },
  trade: { side: "equity", sign: 0, lines: "trade" },
  loan: { side: "equity", sign: 0, lines: "loan" },
  borrowing: { side: "debt", sign: 1, lines: "loan" },
  repayment: { side: "debt", sign: -1, lines: "loan" },
  interest: { side: "debt", sign: 1, lines: undefined },
  release: { side: "debt", sign: -1, lines: undefined },
} as const satisfies Readonly<Record<string, EntryKind>>;

export type EntryKindName = keyof typeof ENTRY_KINDS;

export const DEBT_KINDS: readonly EntryKindName[] = (Object.keys(ENTRY_KINDS) as EntryKindName[]).filter(
  (name) => ENTRY_KINDS[name].side === "debt",
);

export function isEntryKind(name: unknown): name is EntryKindName {
  return typeof name === "string" && Object.hasOwn(ENTRY_KINDS, name);
}
