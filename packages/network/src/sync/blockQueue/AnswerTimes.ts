import { LruMap } from "@trellis/base";
import type { PeerId } from "../../transport/Transport.ts";
import { HEDGE_LIMITS } from "../limits.ts";

const MEAN_SHARE = 1 / 8;
const DEVIATION_SHARE = 1 / 4;
const DEVIATIONS = 4;

/** Follows TCP's retransmission timeout (RFC 6298). */
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

  lateAfterMs(peer: PeerId): number {
    const times = this.#times.get(peer);
    if (times === undefined) return HEDGE_LIMITS.firstMs;
    const usualMs = times.meanMs + DEVIATIONS * times.deviationMs;
    return Math.min(Math.max(usualMs, HEDGE_LIMITS.minMs), HEDGE_LIMITS.maxMs);
  }
}
