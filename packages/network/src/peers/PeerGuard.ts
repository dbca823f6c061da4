import type { Facts } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";

export type Offence =
  | "malformed"
  | "invalidBlock"
  /** A transaction that no honest node relays. */
  | "invalidTransaction"
  | "invalidVote"
  /** The answer does not fit the request, or has a wrong proof. */
  | "falseAnswer"
  /** Claimed tips or work are missing. */
  | "falseClaim"
  | "stalling"
  | "flooding"
  /** Another chain, genesis, shard or version. */
  | "otherNetwork";

export interface PeerGuard {
  /** The guard also disconnects and bans. */
  report(peer: PeerId, offence: Offence, facts?: Facts): void;
  /** Rewards new and valid data. */
  credit(peer: PeerId): void;
  /** False: do not serve. Untrusted peers have no tokens. */
  spend(peer: PeerId, bucket: string, tokens: number): boolean;
  isTrusted(peer: PeerId): boolean;
}
