import { type Clock, isTrellisError } from "@trellis/base";
import { type Hash, headerHash, type StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { READING_LIMITS } from "../limits.ts";
import { StallWindow } from "./StallWindow.ts";

interface FetchPastOptions {
  readonly states: StateExchange;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly checkpoint: Hash;
  readonly clock: Clock;
  /** The turn of another peer. */
  readonly untilMs: number;
  readonly isStopped: () => boolean;
}

/**
 * "unavailable": the peer cannot serve it; "unverifiable": no peer's past can be verified; "late": past
 * `untilMs`; "failed": missing, slow or false data.
 */
type PastEnd = "taken" | "unavailable" | "unverifiable" | "late" | "failed";

/** [SYNC-32] @throws CHAIN_STOPPED */
export async function fetchPast(options: FetchPastOptions, peer: PeerId): Promise<PastEnd> {
  const { states, guard, checkpoint } = options;
  const past = states.startPast(checkpoint);
  try {
    const end = await takePages(options, peer, (blocks) => past.take(blocks));
    if (end === "taken") await past.complete();
    return end;
  } catch (error) {
    // A peer can add blocks below the root until they are too many, but cannot hide those of a stream.
    if (isTrellisError(error, "PAST_UNVERIFIABLE"))
      return error.facts.stream === undefined ? "unavailable" : "unverifiable";
    if (!isTrellisError(error, "PAST_INVALID")) throw error;
    const { reason, block } = error.facts;
    guard.report(peer, "falseAnswer", { past: reason, block });
    return "failed";
  }
}

async function takePages(
  { requests, guard, checkpoint, clock, untilMs, isStopped }: FetchPastOptions,
  peer: PeerId,
  take: ReturnType<StateExchange["startPast"]>["take"],
): Promise<PastEnd> {
  const window = new StallWindow(clock);
  for (let after: Hash | undefined; ; ) {
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
    if (window.isSlow(blocks.length)) return "failed";
    if (clock.nowMs() >= untilMs) return "late";
    after = headerHash(last.header);
  }
}
