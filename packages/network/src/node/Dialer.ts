import type { Timer } from "@trellis/base";
import type { PeerDirectory } from "../sync/directory/PeerDirectory.ts";
import type { NetworkPorts } from "../sync/ports.ts";
import { jittered, shuffled } from "../sync/randomNumber.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import { DIALER_LIMITS } from "./limits.ts";

export interface DialerOptions {
  readonly transport: Pick<Transport, "self" | "dial">;
  readonly directory: PeerDirectory;
  readonly bootstrap: readonly string[];
  /** Connections that this node keeps up by itself. */
  readonly outboundTarget: number;
  /** Peers who are not dialled now. */
  readonly isBanned: (peer: PeerId) => boolean;
}

interface Candidate {
  readonly address: string;
  /** Never given up: the operator named it. */
  readonly isKept: boolean;
  /** Known when it was discovered, or dialled before. */
  peer: PeerId | undefined;
  failures: number;
  notBeforeMs: number;
  isDialling: boolean;
}

/** Keeps connections up: to all whom the operator named, and to as many others as are aimed at. [SYNC-19] */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #ports: NetworkPorts;
  readonly #candidates = new Map<string, Candidate>();
  #timer: Timer | undefined;

  constructor(options: DialerOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
    for (const address of options.bootstrap) this.#add(address, true, undefined);
  }

  start(): void {
    this.#dialSome();
    this.#timer = this.#ports.scheduler.after(jittered(this.#ports.random, DIALER_LIMITS.tickMs), () =>
      this.start(),
    );
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Dials at once, and keeps the connection up from then on. @throws DIAL_FAILED, DIAL_REFUSED */
  addPeer(address: string): Promise<PeerId> {
    const { peer } = this.#candidates.get(address) ?? {};
    this.#candidates.delete(address);
    return this.#dial(this.#add(address, true, peer));
  }

  /** Is not dialled any more, unless it is discovered again. */
  removePeer(peer: PeerId): void {
    for (const candidate of this.#candidates.values()) {
      if (candidate.peer === peer) this.#candidates.delete(candidate.address);
    }
  }

  discovered(peer: PeerId, addresses: readonly string[]): void {
    if (peer === this.#options.transport.self) return;
    for (const address of addresses.slice(0, DIALER_LIMITS.addressesPerPeerMax)) {
      if (!this.#candidates.has(address)) this.#add(address, false, peer);
    }
  }

  #add(address: string, isKept: boolean, peer: PeerId | undefined): Candidate {
    const candidate = { address, isKept, peer, failures: 0, notBeforeMs: 0, isDialling: false };
    this.#candidates.set(address, candidate);
    for (const oldest of this.#candidates.values()) {
      if (this.#candidates.size <= DIALER_LIMITS.candidatesMax) break;
      if (!oldest.isKept) this.#candidates.delete(oldest.address);
    }
    return candidate;
  }

  #dialSome(): void {
    const { directory, outboundTarget } = this.#options;
    const nowMs = this.#ports.clock.nowMs();
    let wanted =
      outboundTarget - directory.connections().filter(({ direction }) => direction === "outbound").length;
    let free =
      DIALER_LIMITS.dialsAtOnceMax -
      [...this.#candidates.values()].filter(({ isDialling }) => isDialling).length;
    for (const candidate of this.#inOrder()) {
      if (free <= 0) return;
      if (!this.#isDue(candidate, nowMs) || (!candidate.isKept && wanted <= 0)) continue;
      this.#dial(candidate).catch(() => {});
      wanted--;
      free--;
    }
  }

  /** The operator's first, the others at random: nobody can tell whom this node will dial. */
  #inOrder(): Candidate[] {
    const candidates = shuffled(this.#ports.random, [...this.#candidates.values()]);
    return candidates.sort((a, b) => Number(b.isKept) - Number(a.isKept));
  }

  #isDue({ peer, notBeforeMs, isDialling }: Candidate, nowMs: number): boolean {
    const { directory, isBanned } = this.#options;
    if (isDialling || notBeforeMs > nowMs) return false;
    return peer === undefined || !(directory.isConnected(peer) || isBanned(peer));
  }

  async #dial(candidate: Candidate): Promise<PeerId> {
    candidate.isDialling = true;
    try {
      candidate.peer = await this.#options.transport.dial(candidate.address);
      candidate.failures = 0;
      // A connection that ends at once is not dialled again at once.
      candidate.notBeforeMs = this.#ports.clock.nowMs() + DIALER_LIMITS.retryMs;
      return candidate.peer;
    } catch (error) {
      candidate.failures++;
      const retryMs = Math.min(
        DIALER_LIMITS.retryMs * 2 ** (candidate.failures - 1),
        DIALER_LIMITS.retryMsMax,
      );
      candidate.notBeforeMs = this.#ports.clock.nowMs() + jittered(this.#ports.random, retryMs);
      if (!candidate.isKept && candidate.failures >= DIALER_LIMITS.failuresMax) {
        this.#candidates.delete(candidate.address);
      }
      throw error;
    } finally {
      candidate.isDialling = false;
    }
  }
}
