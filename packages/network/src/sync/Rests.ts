import { type Clock, LruMap } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";
import { ROUND_LIMITS } from "./limits.ts";

/** For how long a peer that failed is left alone. [SYNC-16] */
export interface Rest {
  /** In a row. */
  readonly failures: number;
  /** ms since the Unix epoch */
  readonly untilMs: number;
}

export const NO_REST: Rest = { failures: 0, untilMs: 0 };

/** Twice as long as the one before. */
export function restAfter({ failures }: Rest, nowMs: number): Rest {
  const restMs = Math.min(ROUND_LIMITS.restMs * 2 ** failures, ROUND_LIMITS.restMsMax);
  return { failures: failures + 1, untilMs: nowMs + restMs };
}

/** Peers that failed and are left alone for a while. */
export class Rests {
  readonly #clock: Clock;
  readonly #peers = new LruMap<PeerId, Rest>(ROUND_LIMITS.restingPeersMax);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(peer: PeerId): void {
    this.#peers.set(peer, restAfter(this.#peers.get(peer) ?? NO_REST, this.#clock.nowMs()));
  }

  succeeded(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  isResting(peer: PeerId): boolean {
    return (this.#peers.get(peer) ?? NO_REST).untilMs > this.#clock.nowMs();
  }
}
