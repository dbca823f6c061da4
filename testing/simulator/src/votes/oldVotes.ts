import type { Fault } from "../faults/faults.ts";
import { RandomStream } from "../world/RandomStream.ts";
import type { Voting } from "./chooseVoting.ts";

/** Of the runs with validators. */
const SHARE = 0.15;

/** What may leave a vote with nobody who remembers it: then no protocol could keep its validator from another one. */
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

/** Whether a run has validators that are restored from old backups: a draw of its own. */
export function hasOldVotes(seed: number): boolean {
  return new RandomStream(seed, "old votes").chance(SHARE);
}

/** Who was asked for everything gets the faults that go together; a seed that drew it goes without those that do not. */
export function withOldVotes(faults: ReadonlySet<Fault>, isDrawn: boolean): ReadonlySet<Fault> {
  if (!faults.has("oldvotes")) return faults;
  const isForgetful = FORGETFUL.some((fault) => faults.has(fault));
  if (!isForgetful) return faults;
  const dropped: readonly Fault[] = isDrawn ? FORGETFUL : ["oldvotes"];
  return new Set([...faults].filter((fault) => !dropped.includes(fault)));
}

/** Validators without whom the others go on, whatever liars do: one that was restored may have to be silent. */
export function dispensable({ stakes }: Voting, honestCount: number): number[] {
  const total = stakes.reduce((sum, wei) => sum + wei, 0n);
  const lying = stakes.slice(honestCount).reduce((sum, wei) => sum + wei, 0n);
  return stakes.flatMap((wei, node) =>
    node < honestCount && wei > 0n && 3n * (wei + lying) < total ? [node] : [],
  );
}
