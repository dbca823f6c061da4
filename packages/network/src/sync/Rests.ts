import { type Clock, LruMap } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";
import { ROUND_LIMITS } from "./limits.ts";

/** Peers that failed and are left alone for a while, twice as long each time. [SYNC-16] */
export class Rests {
  readonly #clock: Clock;
  readonly #peers = new LruMap<PeerId, { failures: number; untilMs: number }>(ROUND_LIMITS.restingPeersMax);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(peer: PeerId): void {
    const failures = (this.#peers.get(peer)?.failures ?? 0) + 1;
    const restMs = Math.min(ROUND_LIMITS.restMs * 2 ** (failures - 1), ROUND_LIMITS.restMsMax);
    this.#peers.set(peer, { failures, untilMs: this.#clock.nowMs() + restMs });
  }

  succeeded(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  isResting(peer: PeerId): boolean {
    return (this.#peers.get(peer)?.untilMs ?? 0) > this.#clock.nowMs();
  }
}
