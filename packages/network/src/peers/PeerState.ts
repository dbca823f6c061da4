import type { Facts } from "@trellis/base";
import type { OffenceView } from "@trellis/protocol";
import { STATE_LIMITS } from "./limits.ts";
import type { Offence } from "./PeerGuard.ts";
import { PeerScore } from "./PeerScore.ts";
import { type BucketRate, TokenBucket } from "./TokenBucket.ts";

interface BucketPair {
  readonly served: TokenBucket;
  /** What was asked for beyond; more than this is a flood. */
  readonly beyond: TokenBucket;
}

type SpendVerdict = "serve" | "refuse" | "flood";

/** What is remembered of one peer, connected or not. */
export class PeerState {
  readonly score: PeerScore;
  agent: string | undefined;
  /** When it last sent something new and right; undefined before. */
  creditedMs: number | undefined;
  /** How often its score has fallen to the graylist. */
  graylistings = 0;
  /** Where it was last connected from. */
  host: string | undefined;
  readonly #buckets = new Map<string, BucketPair>();
  #offences: readonly OffenceView[] = [];

  constructor(nowMs: number) {
    this.score = new PeerScore(nowMs);
  }

  /** A ban has settled what was against it. */
  settle(): void {
    this.score.settle();
    this.graylistings = 0;
  }

  /** The last ones, newest last. */
  get offences(): readonly OffenceView[] {
    return this.#offences;
  }

  note(offence: Offence, points: number, facts: Facts, nowMs: number): void {
    const noted: OffenceView = { offence, atMs: nowMs, points, facts: bounded(facts) };
    this.#offences = [...this.#offences, noted].slice(-STATE_LIMITS.offencesShown);
  }

  /** What passes the rate, or comes from one who is not served, is refused; what passes it twice is a flood. [PEER-12] */
  spend(bucket: string, rate: BucketRate, tokens: number, isServed: boolean, nowMs: number): SpendVerdict {
    let pair = this.#buckets.get(bucket);
    if (pair === undefined) {
      pair = { served: new TokenBucket(rate, nowMs), beyond: new TokenBucket(rate, nowMs) };
      this.#buckets.set(bucket, pair);
    }
    if (isServed && pair.served.take(tokens, nowMs)) return "serve";
    return pair.beyond.take(tokens, nowMs) ? "refuse" : "flood";
  }

  /** A new state would do as well. */
  isForgettable(nowMs: number): boolean {
    const isFull = ({ served, beyond }: BucketPair): boolean => served.isFull(nowMs) && beyond.isFull(nowMs);
    return this.score.isClean(nowMs, STATE_LIMITS.pointsMin) && [...this.#buckets.values()].every(isFull);
  }
}

function bounded(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts)
      .slice(0, STATE_LIMITS.factsMax)
      .map(([name, fact]) => [
        name,
        typeof fact === "string" ? fact.slice(0, STATE_LIMITS.factCharactersMax) : fact,
      ]),
  );
}
