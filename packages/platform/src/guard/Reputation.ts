/** Points per offence. [GUARD-6] */
export const OFFENCES = {
  /** Not HTTP, JSON or JSON-RPC, or a violation of the schema. */
  malformed: 2,
  /** Unknown key, or token with an invalid signature. */
  login: 10,
  limit: 0.25,
  /** Unknown path or method, or no permission. */
  scan: 1,
} as const;
export type Offence = keyof typeof OFFENCES;

export const THRESHOLDS = { slow: 25, refuse: 60, ban: 100 } as const;

export const HALF_LIFE_MS = 60_000;
const DELAY_MS_MAX = 1_000;
const BAN_MS_FIRST = 60_000;
const BAN_MS_MAX = 24 * 60 * 60_000;
/** After this time without a ban, the first duration applies again. */
const FORGIVEN_MS = 24 * 60 * 60_000;

export class Reputation {
  #points = 0;
  #atMs = 0;
  #bans = 0;
  #bannedAtMs = 0;

  points(nowMs: number): number {
    if (this.#points === 0) return 0;
    const points = this.#points * 2 ** (-Math.max(0, nowMs - this.#atMs) / HALF_LIFE_MS);
    return points < 0.01 ? 0 : points;
  }

  /** Returns the ban's duration in ms, or 0. */
  offend(offence: Offence, nowMs: number): number {
    this.#points = this.points(nowMs) + OFFENCES[offence];
    this.#atMs = nowMs;
    if (this.#points < THRESHOLDS.ban) return 0;
    this.#points = 0;
    if (nowMs - this.#bannedAtMs > FORGIVEN_MS) this.#bans = 0;
    const banMs = Math.min(BAN_MS_FIRST * 4 ** this.#bans, BAN_MS_MAX);
    this.#bans++;
    this.#bannedAtMs = nowMs;
    return banMs;
  }

  forgive(): void {
    this.#points = 0;
    this.#bans = 0;
  }

  delayMs(nowMs: number): number {
    const over = this.points(nowMs) - THRESHOLDS.slow;
    return over <= 0
      ? 0
      : Math.min(DELAY_MS_MAX, (DELAY_MS_MAX * over) / (THRESHOLDS.refuse - THRESHOLDS.slow));
  }

  isRefused(nowMs: number): boolean {
    return this.points(nowMs) >= THRESHOLDS.refuse;
  }
}
