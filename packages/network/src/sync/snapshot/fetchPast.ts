import { type Clock, isTrellisError } from "@trellis/base";
import { type Hash, headerHash, type StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { READING_LIMITS, ROUND_LIMITS } from "../limits.ts";

interface FetchPastOptions {
  readonly states: StateExchange;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly checkpoint: Hash;
  readonly clock: Clock;
  readonly isStopped: () => boolean;
}

/** "unavailable": the peer cannot serve it, or nobody can verify it; "failed": missing, slow or false data. */
type PastEnd = "taken" | "unavailable" | "failed";

/** [SYNC-32] @throws CHAIN_STOPPED */
export async function fetchPast(options: FetchPastOptions, peer: PeerId): Promise<PastEnd> {
  const { states, guard, checkpoint } = options;
  const past = states.startPast(checkpoint);
  try {
    const end = await takePages(options, peer, (blocks) => past.take(blocks));
    if (end === "taken") await past.complete();
    return end;
  } catch (error) {
    if (isTrellisError(error, "PAST_UNVERIFIABLE")) return "unavailable";
    if (!isTrellisError(error, "PAST_INVALID")) throw error;
    guard.report(peer, "falseAnswer", { past: error.message });
    return "failed";
  }
}

async function takePages(
  { requests, guard, checkpoint, clock, isStopped }: FetchPastOptions,
  peer: PeerId,
  take: ReturnType<StateExchange["startPast"]>["take"],
): Promise<PastEnd> {
  const beganMs = clock.nowMs();
  let after: Hash | undefined;
  for (let count = 0; ; ) {
    const request = { checkpoint, after, countMax: READING_LIMITS.pastPerPage };
    const answer = await requests.past(peer, request);
    if (answer === undefined || isStopped()) return "failed";
    const { blocks, isEnd } = answer;
    const last = blocks.at(-1);
    // The peer can prune the root meanwhile.
    if (last === undefined) return "unavailable";
    if (!isEnd && blocks.length < READING_LIMITS.pageHeadersMin) {
      guard.report(peer, "falseAnswer", { past: "is too small for a page that is not the last" });
      return "failed";
    }
    take(blocks);
    if (isEnd) return "taken";
    count += blocks.length;
    const stalls = 1 + count / READING_LIMITS.headersPerStallMin;
    if (clock.nowMs() - beganMs > stalls * ROUND_LIMITS.stallMs) return "failed";
    after = headerHash(last.header);
  }
}
