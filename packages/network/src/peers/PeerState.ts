import type { Facts } from "@trellis/base";
import type { OffenceView } from "@trellis/protocol";
import { STATE_LIMITS } from "./limits.ts";
import type { Offence } from "./PeerGuard.ts";
import { PeerScore } from "./PeerScore.ts";
import { type BucketRate, TokenBucket } from "./TokenBucket.ts";

interface BucketPair {
  readonly served: TokenBucket;
  readonly beyond: TokenBucket;
}

type SpendVerdict = "serve" | "refuse" | "flood";

export class PeerState {
  readonly score: PeerScore;
  agent: string | undefined;
  creditedMs: number | undefined;
  graylistings = 0;
  host: string | undefined;
  readonly #buckets = new Map<string, BucketPair>();
  #offences: readonly OffenceView[] = [];

  constructor(nowMs: number) {
    this.score = new PeerScore(nowMs);
  }

  settle(): void {
    this.score.settle();
    this.graylistings = 0;
  }

  get offences(): readonly OffenceView[] {
    return this.#offences;
  }

  note(offence: Offence, points: number, facts: Facts, nowMs: number): void {
    const noted: OffenceView = { offence, atMs: nowMs, points, facts: bounded(facts) };
    this.#offences = [...this.#offences, noted].slice(-STATE_LIMITS.offencesShown);
  }

  /** Requests above the rate are refused; above twice the rate, they count as flooding. [PEER-12] */
  spend(bucket: string, rate: BucketRate, tokens: number, isServed: boolean, nowMs: number): SpendVerdict {
    let pair = this.#buckets.get(bucket);
    if (pair === undefined) {
      pair = { served: new TokenBucket(rate, nowMs), beyond: new TokenBucket(rate, nowMs) };
      this.#buckets.set(bucket, pair);
    }
    if (isServed && pair.served.take(tokens, nowMs)) return "serve";
    return pair.beyond.take(tokens, nowMs) ? "refuse" : "flood";
  }

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
