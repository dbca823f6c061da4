/** What a customer owns and what a customer owes are accounts of their own, and never netted. */
export type AccountSide = "equity" | "debt";

export interface EntryKind {
  /** Which account of the customer it changes. */
  readonly side: AccountSide;
  /** 1 where amounts are positive, -1 where they are negative, 0 where both occur. */
  readonly sign: 1 | -1 | 0;
  /**
   * Lines of one of these names that share a reference are entered together, and add up to nothing for each asset:
   * what is owned minus what is owed.
   */
  readonly lines: "transfer" | "trade" | "loan" | undefined;
}

/** Why a balance or a debt changes. What has no lines comes from outside the customers' accounts or leaves them. */
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

/** Those that change debts. */
export const DEBT_KINDS: readonly EntryKindName[] = (Object.keys(ENTRY_KINDS) as EntryKindName[]).filter(
  (name) => ENTRY_KINDS[name].side === "debt",
);

export function isEntryKind(name: unknown): name is EntryKindName {
  return typeof name === "string" && Object.hasOwn(ENTRY_KINDS, name);
}
