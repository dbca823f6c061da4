/** Attacks possible despite a valid proof. */
export const WEAKNESSES = {
  SUMS_ABSENT: "the tree contains no sums: any total of liabilities can be published with it",
  SUM_ONLY_HASHED:
    "a node hashes only the sum, not its parts: the larger balance can be published instead of the sum",
  SIBLING_BALANCES_UNBOUND:
    "a sibling's balances are read from the file and not verified against the sibling's hash",
  DECIMALS_JOINED: "amounts are joined as text without separators: several sets of totals have the same hash",
  ROUNDED_DOWN: "sums are rounded down at every level: the remainders are omitted from the liabilities",
  NEGATIVE_ADMITTED: "amounts may be negative: an invented customer's debt hides liabilities to others",
  IDENTITY_ABSENT:
    "a leaf does not identify its customer: two customers with equal balances can be shown the same leaf",
  LEAF_NODE_CONFUSABLE: "leaves and inner nodes are hashed alike: an inner node can pass as a leaf",
  LEAF_GUESSABLE: "a leaf contains no secret: anyone who guesses a balance can confirm the guess",
  LAST_DUPLICATED:
    "a level of odd length repeats its last node: two lists of customers can have the same root",
  PLACE_UNBOUND: "pairs are sorted before hashing: a proof does not prove the leaf's position",
  DEPTH_UNBOUND: "the length of a path is not fixed: a deeper tree can hide under a leaf",
  BALANCES_SHOWN: "a proof shows the balances of other customers",
  RANGE_NARROW: "sums are verified in only a few bytes: totals above the range overflow",
  ROOT_ABSENT: "no root is published with the list: the list can be replaced at any time",
  SIGNATURE_REPLAYABLE: "an address signs one text forever: the signature proves nothing about the present",
} as const;

export type Weakness = keyof typeof WEAKNESSES;

export type PublishedScheme =
  | "openzeppelin-standard-v1"
  | "openzeppelin-simple-v1"
  | "okx-v1"
  | "bip340-tagged"
  | "summa-entries";

export interface PublishedVerdict {
  readonly scheme: PublishedScheme;
  readonly root?: string;
  /** By asset. */
  readonly totals?: Readonly<Record<string, string>>;
  readonly weaknesses: readonly Weakness[];
}
