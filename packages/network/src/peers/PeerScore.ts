import { OFFENCES, SCORES } from "./offences.ts";
import type { Offence } from "./PeerGuard.ts";

/** Credit and faults decay with `halfLifeMs`. Credit never cancels faults. [PEER-1] [PEER-2] */
export class PeerScore {
  #credit = 0;
  #fault = 0;
  #stall = 0;
  #atMs: number;
  readonly #chargedMs = new Map<Offence, number>();

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  value(nowMs: number): number {
    this.#decay(nowMs);
    return this.#credit - this.#fault - Math.min(this.#stall, SCORES.stallShownMax);
  }

  stall(nowMs: number): number {
    this.#decay(nowMs);
    return this.#stall;
  }

  isClean(nowMs: number, pointsMin: number): boolean {
    this.#decay(nowMs);
    return this.#fault < pointsMin && this.#stall < pointsMin;
  }

  credit(nowMs: number): void {
    this.#decay(nowMs);
    this.#credit = Math.min(SCORES.creditMax, this.#credit + SCORES.credit);
    this.#stall = Math.max(0, this.#stall - OFFENCES.stalling.points);
  }

  /** Returns the charged points; 0 if the event was charged before. [PEER-3] */
  charge(offence: Offence, nowMs: number): number {
    this.#decay(nowMs);
    const { points, onceInMs } = OFFENCES[offence];
    const chargedMs = this.#chargedMs.get(offence);
    if (chargedMs !== undefined && nowMs - chargedMs < onceInMs && nowMs >= chargedMs) return 0;
    this.#chargedMs.set(offence, nowMs);
    if (offence === "stalling") this.#stall += points;
    else this.#fault += points;
    return points;
  }

  settle(): void {
    this.#credit = 0;
    this.#fault = 0;
    this.#stall = 0;
  }

  #decay(nowMs: number): void {
    if (nowMs <= this.#atMs) return;
    const left = 2 ** ((this.#atMs - nowMs) / SCORES.halfLifeMs);
    this.#credit *= left;
    this.#fault *= left;
    this.#stall *= left;
    this.#atMs = nowMs;
  }
}
