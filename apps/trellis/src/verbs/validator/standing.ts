export interface Registered {
  readonly key: string;
  readonly commission: bigint;
  readonly isCandidate: boolean;
  readonly isJailed: boolean;
  readonly isTombstoned: boolean;
  readonly jailedUntil: bigint;
}

export function standingOf(
  { isTombstoned, isJailed, isCandidate, jailedUntil }: Registered,
  isMember: boolean,
  epoch: number,
): string {
  if (isTombstoned) return "tombstoned: signed two votes in one round and step";
  if (isJailed && epoch < jailedUntil) return `jailed until epoch ${jailedUntil}`;
  if (isJailed) return `jailed: can unjail since epoch ${jailedUntil}`;
  if (isMember) return isCandidate ? "votes" : "votes until the epoch ends";
  return isCandidate ? "candidate: may vote from the next epoch" : "no candidate";
}

/** [FINAL-12] */
export function signingOf({
  signing,
  listeningFor = null,
}: {
  readonly signing: "listening" | "signing" | "stopped" | null;
  readonly listeningFor?: string | null;
}): string {
  if (signing === "listening")
    return `no: observing${listeningFor === null ? "" : `, waiting for ${listeningFor}`} (doppelganger protection)`;
  return signing === "stopped" ? "no: another node is signing with its key" : "yes";
}
