import { bytesEqual, type Facts, type TrellisError } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import type { Digest } from "./hashes.ts";
import { SHARES } from "./limits.ts";
import type { LeafOpening, ProofFile } from "./ProofFile.ts";
import type { RootRecord } from "./RootRecord.ts";
import { splitSums } from "./splitSums.ts";
import { addSumsInto, type Sums } from "./sums.ts";

export interface JoinedLeaves {
  readonly customerId: string;
  readonly sums: Sums;
  readonly leaves: readonly LeafOpening[];
}

export function joinShares({ record, leaves }: ProofFile): JoinedLeaves[] {
  if (record.shares === undefined)
    return leaves.map((leaf) => ({ customerId: leaf.customerId, sums: leaf.sums, leaves: [leaf] }));
  const byCustomer = new Map<string, LeafOpening[]>();
  for (const leaf of leaves) {
    const others = byCustomer.get(leaf.customerId);
    if (others === undefined) byCustomer.set(leaf.customerId, [leaf]);
    else others.push(leaf);
  }
  return [...byCustomer].map(([customerId, own]) => ({ customerId, sums: added(own), leaves: own }));
}

function added(leaves: readonly LeafOpening[]): Sums {
  const sums = new Uint8Array(leaves[0]?.sums ?? []);
  for (const leaf of leaves.slice(1)) addSumsInto(sums, sums, leaf.sums, 0);
  return sums;
}

/** Requires one leaf per share, in the share's half of the tree, and amounts split as in LIAB-25. */
export function checkShares(record: RootRecord, customers: readonly JoinedLeaves[], sha256: Digest): void {
  const { shares, scheme, depth } = record;
  if (shares === undefined) return;
  if (shares !== SHARES || scheme !== "sum") throw invalidShares({ level: 0, shares, expected: SHARES });
  for (const { leaves, sums } of customers) {
    if (leaves.length !== SHARES) throw invalidShares({ level: 0, shares: leaves.length, expected: SHARES });
    for (const [half, { share, position }] of leaves.entries()) {
      if (share !== half || Math.floor(position / 2 ** (depth - 1)) !== half)
        throw invalidShares({ level: 0, share, position, half });
    }
    const [first] = leaves as [LeafOpening];
    if (!bytesEqual(splitSums(sha256, first.salt, sums)[0], first.sums))
      throw invalidShares({ level: 0, what: "division" });
  }
}

function invalidShares(facts: Facts): TrellisError {
  return liabilitiesErrors.PROOF_PATH_INVALID({
    reason: "the leaves are not all shares of a customer's balance",
    ...facts,
  });
}
