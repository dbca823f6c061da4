export interface EntryKind {
  /** 1 where amounts are positive, -1 where they are negative, 0 where both occur. */
  readonly sign: 1 | -1 | 0;
  /** Moves between customers: lines of one reference sum to zero for each asset. */
  readonly isConserved: boolean;
}

/** Why a balance changes. What is not conserved comes from outside the customers' balances or leaves them. */
export const ENTRY_KINDS = {
  deposit: { sign: 1, isConserved: false },
  withdrawal: { sign: -1, isConserved: false },
  fee: { sign: -1, isConserved: false },
  reward: { sign: 1, isConserved: false },
  adjustment: { sign: 0, isConserved: false },
  transfer: { sign: 0, isConserved: true },
  trade: { sign: 0, isConserved: true },
} as const satisfies Readonly<Record<string, EntryKind>>;

export type EntryKindName = keyof typeof ENTRY_KINDS;

export function isEntryKind(name: unknown): name is EntryKindName {
  return typeof name === "string" && Object.hasOwn(ENTRY_KINDS, name);
}
