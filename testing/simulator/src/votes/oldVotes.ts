import type { Fault } from "../faults/faults.ts";
import { RandomStream } from "../world/RandomStream.ts";
import type { Voting } from "./chooseVoting.ts";

const SHARE = 0.15;

/** After these faults, possibly no node remembers a vote, so no protocol can prevent an equivocation. */
const FORGETFUL: readonly Fault[] = [
  "loss",
  "reorder",
  "partition",
  "oneway",
  "reset",
  "kill",
  "power",
  "stop",
  "disk",
];

export function hasOldVotes(seed: number): boolean {
  return new RandomStream(seed, "old votes").chance(SHARE);
}

/** Drops the FORGETFUL faults if `isDrawn`, otherwise `oldvotes`. */
export function withOldVotes(faults: ReadonlySet<Fault>, isDrawn: boolean): ReadonlySet<Fault> {
  if (!faults.has("oldvotes")) return faults;
  const isForgetful = FORGETFUL.some((fault) => faults.has(fault));
  if (!isForgetful) return faults;
  const dropped: readonly Fault[] = isDrawn ? FORGETFUL : ["oldvotes"];
  return new Set([...faults].filter((fault) => !dropped.includes(fault)));
}

/** Returns each honest node whose stake a quorum does not need, even without the liars' votes. */
export function dispensable({ stakes }: Voting, honestCount: number): number[] {
  const total = stakes.reduce((sum, wei) => sum + wei, 0n);
  const lying = stakes.slice(honestCount).reduce((sum, wei) => sum + wei, 0n);
  return stakes.flatMap((wei, node) =>
    node < honestCount && wei > 0n && 3n * (wei + lying) < total ? [node] : [],
  );
}
