import { LruMap } from "@trellis/base";
import type { PeerId } from "../../transport/Transport.ts";
import { HEDGE_LIMITS } from "../limits.ts";

/** Weights of a new time in the mean and in its deviation. */
const MEAN_SHARE = 1 / 8;
const DEVIATION_SHARE = 1 / 4;
const DEVIATIONS = 4;

/** How long each peer takes to answer, and from when on an answer is late: as TCP tells when to send again (RFC 6298). */
export class AnswerTimes {
  readonly #times = new LruMap<PeerId, { readonly meanMs: number; readonly deviationMs: number }>(
    HEDGE_LIMITS.peersMax,
  );

  answered(peer: PeerId, tookMs: number): void {
    const before = this.#times.get(peer);
    if (before === undefined) {
      this.#times.set(peer, { meanMs: tookMs, deviationMs: tookMs / 2 });
      return;
    }
    const { meanMs, deviationMs } = before;
    this.#times.set(peer, {
      meanMs: meanMs + (tookMs - meanMs) * MEAN_SHARE,
      deviationMs: deviationMs + (Math.abs(tookMs - meanMs) - deviationMs) * DEVIATION_SHARE,
    });
  }

  /** After so long somebody else is asked too. ms */
  lateAfterMs(peer: PeerId): number {
    const times = this.#times.get(peer);
    if (times === undefined) return HEDGE_LIMITS.firstMs;
    const usualMs = times.meanMs + DEVIATIONS * times.deviationMs;
    return Math.min(Math.max(usualMs, HEDGE_LIMITS.minMs), HEDGE_LIMITS.maxMs);
  }
}
