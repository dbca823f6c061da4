import type { Warning } from "@trellis/platform/http";
import type { FinalityStatus, Hash, ListeningFor, PeerClaim } from "@trellis/protocol";

/** A node so far behind will sync headers [SYNC-10], even if no round has begun yet. */
const BEHIND_BLOCKS = 32;

/** Many times longer than certificates take between nodes. */
const FINALITY_LATE_MS = 30_000;

export type Judgement = string | Warning | undefined;

/** What a node knows of itself and of its peers. */
export interface ReadinessFacts {
  readonly nowMs: number;
  readonly head: { readonly number: number; readonly blueWork: bigint; readonly timestampMs: number };
  /** Age of a head that is too old. Undefined if blocks are made on demand. */
  readonly staleMs: number | undefined;
  readonly finality: FinalityStatus;
  /** Of the ready peers. */
  readonly claims: readonly PeerClaim[];
  /** Undefined for numbers that the node does not store. */
  readonly hashByNumber: (number: number) => Hash | undefined;
}

/** A head takes the node out of service only if its peers have newer blocks. [SYNC-31] */
export function judgeHead({ nowMs, head, staleMs, claims }: ReadinessFacts): Judgement {
  // Peers that sync know no better.
  const level = claims.filter(({ sink }) => sink.blueWork >= head.blueWork);
  const ahead = level.filter(({ sink }) => sink.blueWork > head.blueWork);
  const far = ahead.filter(({ sink }) => sink.number >= head.number + BEHIND_BLOCKS);
  if (isMost(far, level))
    return `at block ${head.number}, at least ${BEHIND_BLOCKS} behind ${shareOf(far, level)}`;
  const ageMs = nowMs - head.timestampMs;
  if (staleMs === undefined || ageMs <= staleMs) return undefined;
  const age = `block ${head.number} is ${Math.floor(ageMs / 1_000)} s old`;
  if (isMost(ahead, level)) return `${age}, and ${shareOf(ahead, level)} have newer blocks`;
  return { warning: `${age}: the network produces no blocks` };
}

/** [SYNC-31] */
export function judgeFinality(facts: ReadinessFacts): Judgement {
  const { finality, claims } = facts;
  const { isFinalizing, finalized, lagBlocks, lagMs } = finality;
  const forked = claims.filter((claim) => isForked(claim, facts));
  if (isMost(forked, claims))
    return `outside the finality quorum: ${shareOf(forked, claims)} have finalized another chain`;
  if (isFinalizing) return undefined;
  // A late certificate is no reason: finality of the node is slow, but continues.
  const level =
    lagMs <= FINALITY_LATE_MS ? [] : claims.filter((claim) => claim.finalized.number >= finalized.number);
  const ahead = level.filter((claim) => claim.finalized.number > finalized.number);
  if (isMost(ahead, level))
    return `outside the finality quorum: ${shareOf(ahead, level)} have finalized blocks after ${finalized.number}`;
  return {
    warning: `validators have finalized nothing since checkpoint ${finalized.height}, ${lagBlocks} blocks behind`,
  };
}

const WAITS_FOR: Readonly<Record<ListeningFor, string>> = {
  time: "it observes the network first",
  others: "too few other validators are observed",
  block: "the block with the validator set is missing",
  certificates: "other validators are ahead",
  votes: "its vote log is empty, and no votes of the others are observed yet",
};

/**
 * A rolling update continues once the restarted validator signs. If nobody finalizes, a validator that does not
 * sign is as good as the others. [FINAL-12]
 */
export function judgeValidator(facts: ReadinessFacts): Judgement {
  const reason = withoutVote(facts.finality);
  if (reason === undefined || facts.finality.isFinalizing) return reason;
  return typeof judgeFinality(facts) === "string" ? reason : { warning: reason };
}

function withoutVote({ self, signing, listeningFor }: FinalityStatus): string | undefined {
  if (self === undefined || signing === undefined || signing === "signing") return undefined;
  if (listeningFor === undefined) return "the validator has stopped signing: another node is using its key";
  return `the validator does not sign yet: ${WAITS_FOR[listeningFor]}`;
}

function isForked(claim: PeerClaim, { finality, hashByNumber }: ReadinessFacts): boolean {
  const { number, hash } = claim.finalized;
  if (number > finality.finalized.number) return false;
  const own = hashByNumber(number);
  return own !== undefined && own !== hash;
}

/** Half suffices: one of two peers may share this node's problem. One of three may lie. */
function isMost(some: readonly PeerClaim[], all: readonly PeerClaim[]): boolean {
  return some.length > 0 && 2 * some.length >= all.length;
}

function shareOf(some: readonly PeerClaim[], all: readonly PeerClaim[]): string {
  return `${some.length} of ${all.length} peers`;
}
