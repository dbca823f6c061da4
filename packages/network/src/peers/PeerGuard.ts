import type { Facts } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";

/** What a peer can do wrong. Each has its weight in `offences.ts`. */
export type Offence =
  /** A message that no codec takes, or that passes a limit. */
  | "malformed"
  /** A block that breaks a rule. */
  | "invalidBlock"
  /** A transaction that no honest node passes on. */
  | "invalidTransaction"
  /** A vote, proposal, certificate or evidence that does not hold. */
  | "invalidVote"
  /** An answer that is not to the question, or does not prove what it should. */
  | "falseAnswer"
  /** It claims tips or work that it then does not have. */
  | "falseClaim"
  /** It does not answer in time. */
  | "stalling"
  /** More than its token buckets hold. */
  | "flooding"
  /** Another chain, genesis, shard or version. */
  | "otherNetwork";

/** What the rest of the network code tells about peers and asks before it works for them. */
export interface PeerGuard {
  /** Lowers the peer's score; the guard disconnects and bans by itself. */
  report(peer: PeerId, offence: Offence, facts?: Facts): void;
  /** Something that it sent was new and right. */
  credit(peer: PeerId): void;
  /**
   * Takes tokens from the peer's bucket of a protocol or topic; false means that the request is not served. A peer that
   * is not trusted has none.
   */
  spend(peer: PeerId, bucket: string, tokens: number): boolean;
  /** Whether it is asked for things, and listened to. */
  isTrusted(peer: PeerId): boolean;
}
