import type { PeerId, Traffic } from "../transport/Transport.ts";

export class TrafficMeter {
  readonly #counts = new Map<PeerId, { bytesIn: number; bytesOut: number }>();
  #bytesIn = 0;
  #bytesOut = 0;

  received(peer: PeerId, bytes: number): void {
    this.#of(peer).bytesIn += bytes;
    this.#bytesIn += bytes;
  }

  sent(peer: PeerId, bytes: number): void {
    this.#of(peer).bytesOut += bytes;
    this.#bytesOut += bytes;
  }

  get(peer: PeerId): Traffic | undefined {
    return this.#counts.get(peer);
  }

  total(): Traffic {
    return { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut };
  }

  forget(peer: PeerId): void {
    this.#counts.delete(peer);
  }

  #of(peer: PeerId): { bytesIn: number; bytesOut: number } {
    let counts = this.#counts.get(peer);
    if (counts === undefined) {
      counts = { bytesIn: 0, bytesOut: 0 };
      this.#counts.set(peer, counts);
    }
    return counts;
  }
}
