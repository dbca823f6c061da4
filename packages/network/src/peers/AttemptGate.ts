import { LruMap } from "@trellis/base";
import type { IpPlace } from "./ip.ts";
import { ATTEMPT_LIMITS } from "./limits.ts";
import { SCORES } from "./offences.ts";
import { TokenBucket } from "./TokenBucket.ts";

interface HostAttempts {
  readonly bucket: TokenBucket;
  refused: number;
  atMs: number;
}

type AttemptVerdict = "admit" | "refuse" | "ban";

export class AttemptGate {
  readonly #hosts = new LruMap<string, HostAttempts>(ATTEMPT_LIMITS.hostsMax);
  readonly #all: TokenBucket;
  readonly #isLoopbackExempt: boolean;

  constructor(isLoopbackExempt: boolean, nowMs: number) {
    this.#isLoopbackExempt = isLoopbackExempt;
    this.#all = new TokenBucket(ATTEMPT_LIMITS.inAll, nowMs);
  }

  attempt({ host, isLoopback }: IpPlace, nowMs: number): AttemptVerdict {
    if (isLoopback && this.#isLoopbackExempt) return "admit";
    const attempts = this.#attemptsOf(host, nowMs);
    if (!attempts.bucket.take(1, nowMs)) return this.#overLimit(attempts, nowMs);
    return this.#all.take(1, nowMs) ? "admit" : "refuse";
  }

  #attemptsOf(host: string, nowMs: number): HostAttempts {
    let attempts = this.#hosts.get(host);
    if (attempts === undefined) {
      attempts = { bucket: new TokenBucket(ATTEMPT_LIMITS.perHost, nowMs), refused: 0, atMs: nowMs };
      this.#hosts.set(host, attempts);
    }
    return attempts;
  }

  #overLimit(attempts: HostAttempts, nowMs: number): AttemptVerdict {
    const elapsedMs = Math.max(0, nowMs - attempts.atMs);
    attempts.refused = attempts.refused * 2 ** (-elapsedMs / SCORES.halfLifeMs) + 1;
    attempts.atMs = nowMs;
    if (attempts.refused < ATTEMPT_LIMITS.refusedMax) return "refuse";
    attempts.refused = 0;
    return "ban";
  }
}
