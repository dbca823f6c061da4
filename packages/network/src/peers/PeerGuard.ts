import type { Facts } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";

export type Offence =
  | "malformed"
  | "invalidBlock"
  | "invalidTransaction"
  | "invalidVote"
  /** The answer does not match the request, or has an invalid proof. */
  | "falseAnswer"
  /** The peer lacks the claimed tips or blue work. */
  | "falseClaim"
  | "stalling"
  | "flooding"
  /** Another chain, genesis, shard or version. */
  | "otherNetwork";

export interface PeerGuard {
  report(peer: PeerId, offence: Offence, facts?: Facts): void;
  credit(peer: PeerId): void;
  /** False: do not serve the request. Untrusted peers have no tokens. */
  spend(peer: PeerId, bucket: string, tokens: number): boolean;
  isTrusted(peer: PeerId): boolean;
}
