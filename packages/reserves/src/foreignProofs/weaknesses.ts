/** Attacks that are possible despite a valid proof. */
export const WEAKNESSES = {
  SUMS_ABSENT: "the tree holds no sums: any total of liabilities can be published beside it",
  SUM_ONLY_HASHED:
    "a node hashes the sum and not its parts: the larger balance can be published instead of the sum",
  SIBLING_BALANCES_UNBOUND:
    "a sibling's balances are taken from the file and not checked against the sibling's hash",
  DECIMALS_JOINED:
    "amounts are joined as text without separators: one hash stands for several sets of totals",
  ROUNDED_DOWN: "sums are rounded down at every level: what is cut off is owed to nobody",
  NEGATIVE_ADMITTED: "amounts may be negative: an invented customer's debt hides what is owed to others",
  IDENTITY_ABSENT: "a leaf does not say whose it is: two customers with one balance can be shown one leaf",
  LEAF_NODE_CONFUSABLE: "leaves and inner nodes are hashed alike: an inner node passes as a leaf",
  LEAF_GUESSABLE: "a leaf has no secret in it: whoever guesses a balance can confirm the guess",
  LAST_DUPLICATED: "a level of odd length repeats its last node: two lists of customers have one root",
  PLACE_UNBOUND: "pairs are sorted before hashing: a proof does not say at which place the leaf stands",
  DEPTH_UNBOUND: "the length of a path is not fixed: a deeper tree can hide under a leaf",
  BALANCES_SHOWN: "a proof shows the balances of other customers",
  RANGE_NARROW: "sums are checked within few bytes: totals above the range wrap around",
  ROOT_ABSENT: "no root is published with the list: it can be exchanged at any time",
  SIGNATURE_REPLAYABLE: "an address signs one text for good: the signature is no evidence of today",
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
  /** 0x-prefixed; absent if not published. */
  readonly root?: string;
  /** By asset; absent without sums. */
  readonly totals?: Readonly<Record<string, string>>;
  readonly weaknesses: readonly Weakness[];
}
