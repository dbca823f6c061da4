import { type Clock, LruMap } from "@trellis/base";
import type { PeerId } from "../transport/Transport.ts";
import { ROUND_LIMITS } from "./limits.ts";

export interface Backoff {
  readonly failures: number;
  readonly untilMs: number;
}

export const NO_BACKOFF: Backoff = { failures: 0, untilMs: 0 };

export function nextBackoff({ failures }: Backoff, nowMs: number): Backoff {
  const backoffMs = Math.min(ROUND_LIMITS.backoffMs * 2 ** failures, ROUND_LIMITS.backoffMsMax);
  return { failures: failures + 1, untilMs: nowMs + backoffMs };
}

export class Backoffs {
  readonly #clock: Clock;
  readonly #peers = new LruMap<PeerId, Backoff>(ROUND_LIMITS.backoffPeersMax);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(peer: PeerId): void {
    this.#peers.set(peer, nextBackoff(this.#peers.get(peer) ?? NO_BACKOFF, this.#clock.nowMs()));
  }

  succeeded(peer: PeerId): void {
    this.#peers.delete(peer);
  }

  isBackingOff(peer: PeerId): boolean {
    return (this.#peers.get(peer) ?? NO_BACKOFF).untilMs > this.#clock.nowMs();
  }
}
