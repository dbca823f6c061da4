import type { Facts } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";

export type Offence =
  | "malformed"
  | "invalidBlock"
  | "invalidTransaction"
  | "invalidVote"
  /** The answer does not match the request, or has an invalid proof. */
  | "falseAnswer"
  /** The peer lacks the tips or the blue work that it claimed. */
  | "falseClaim"
  | "stalling"
  | "flooding"
  /** The peer has another chain, genesis, shard or version. */
  | "otherNetwork";

export interface PeerGuard {
  report(peer: PeerId, offence: Offence, facts?: Facts): void;
  credit(peer: PeerId): void;
  /** Returns false if the request must not be served. Untrusted peers have no tokens. */
  spend(peer: PeerId, bucket: string, tokens: number): boolean;
  isTrusted(peer: PeerId): boolean;
}
