import { type Facts, isTrellisError, type Timer } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import { isDialAddress, type PeerManager, peerOfAddress } from "../peers/index.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { jittered } from "../ports/randomNumber.ts";
import type { Connection, PeerId, Transport } from "../transport/Transport.ts";
import { DIALER_LIMITS } from "./limits.ts";

interface DialerOptions {
  readonly transport: Pick<Transport, "self" | "dial">;
  readonly peers: PeerManager;
  readonly connections: () => readonly Connection[];
  readonly bootstrap: readonly string[];
  readonly outboundTarget: number;
  readonly parseAddress?: (text: string) => string;
}

interface Named {
  readonly address: string;
  readonly isStatic: boolean;
  readonly isSeed: boolean;
  peer: PeerId | undefined;
  failures: number;
  notBeforeMs: number;
  isDialling: boolean;
  isSilent: boolean;
}

/** [SYNC-19] */
export class Dialer {
  #options: DialerOptions;
  /** Resolved by DNS. */
  #seeds: readonly string[] = [];
  readonly #ports: NetworkPorts;
  readonly #named = new Map<string, Named>();
  readonly #settling = new Set<PeerId>();
  readonly #dialling = new Set<PeerId>();
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: DialerOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
    this.changeReach(options);
  }

  changeReach({ bootstrap, outboundTarget }: Pick<DialerOptions, "bootstrap" | "outboundTarget">): void {
    for (const { address, isStatic, isSeed } of [...this.#named.values()])
      if (!isStatic && !isSeed && !bootstrap.includes(address)) this.#named.delete(address);
    for (const address of bootstrap) if (!this.#named.has(address)) this.#name(address, false);
    this.#options = { ...this.#options, bootstrap, outboundTarget };
  }

  /** An address that the operator removed returns only if the seeds lacked it meanwhile. */
  changeSeeds(seeds: readonly string[]): void {
    for (const { address, isStatic, isSeed } of [...this.#named.values()])
      if (!isStatic && isSeed && !seeds.includes(address)) this.#named.delete(address);
    for (const address of seeds)
      if (!this.#named.has(address) && !this.#seeds.includes(address)) this.#name(address, false, true);
    this.#seeds = seeds;
  }

  /** Whether more outbound peers are wanted. */
  isLacking(): boolean {
    return this.#missing() > 0;
  }

  #missing(): number {
    const { connections, outboundTarget } = this.#options;
    return outboundTarget - connections().filter(({ direction }) => direction === "outbound").length;
  }

  start(): void {
    this.#dialSome();
    this.#timer = this.#ports.scheduler.after(jittered(this.#ports.random, DIALER_LIMITS.tickMs), () =>
      this.start(),
    );
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  add(text: string): void {
    const address = this.#read(text);
    const peer = this.#named.get(address)?.peer ?? peerOfAddress(address);
    const named = this.#name(address, true);
    named.peer = peer;
    if (peer !== undefined) this.#options.peers.setStatic(peer, true);
    if (this.#isDue(named, this.#ports.clock.nowMs())) void this.#dialNamed(named);
  }

  #read(text: string): string {
    const { parseAddress = (address) => address } = this.#options;
    if (!isDialAddress(text)) throw networkErrors.ADDRESS_INVALID({ address: text });
    if (this.#named.size >= DIALER_LIMITS.namedMax) {
      throw networkErrors.ADDRESS_INVALID({
        address: text,
        reason: `${DIALER_LIMITS.namedMax} are named already`,
      });
    }
    try {
      return parseAddress(text);
    } catch (cause) {
      throw networkErrors.ADDRESS_INVALID({ address: text }, cause);
    }
  }

  /** @returns peers that the node stops dialling */
  remove(target: string): PeerId[] {
    const removed: PeerId[] = [];
    for (const { address, peer } of [...this.#named.values()]) {
      if (target !== address && target !== peer) continue;
      this.#named.delete(address);
      if (peer === undefined) continue;
      this.#options.peers.setStatic(peer, false);
      removed.push(peer);
    }
    return removed;
  }

  /** Undefined unless all bootstrap peers are on another network. */
  foreign(): Facts | undefined {
    const { peers, bootstrap } = this.#options;
    const foreign = [...bootstrap, ...this.#seeds].map((address) => {
      const peer = this.#named.get(address)?.peer;
      return peer === undefined ? undefined : peers.foreignOf(peer);
    });
    return foreign.every((facts) => facts !== undefined) ? foreign[0] : undefined;
  }

  #name(address: string, isStatic: boolean, isSeed = false): Named {
    const named = {
      address,
      isStatic,
      isSeed,
      peer: peerOfAddress(address),
      failures: 0,
      notBeforeMs: 0,
      isDialling: false,
      isSilent: false,
    };
    this.#named.set(address, named);
    return named;
  }

  #dialSome(): void {
    const { peers } = this.#options;
    const nowMs = this.#ports.clock.nowMs();
    const due = [...this.#named.values()].filter((named) => this.#isDue(named, nowMs));
    const underway = [...this.#named.values()].filter(({ isDialling }) => isDialling).length;
    let free = DIALER_LIMITS.dialsAtOnceMax - this.#dialling.size - underway;
    let wanted = this.#missing() - this.#dialling.size;
    for (const named of due.filter(({ isStatic }) => isStatic)) {
      if (free-- > 0) void this.#dialNamed(named);
    }
    for (const { peer, addresses } of peers.candidates(DIALER_LIMITS.dialsAtOnceMax)) {
      const isUnderway = this.#dialling.has(peer) || this.#settling.has(peer);
      if (wanted <= 0 || free <= 0 || isUnderway || peer === this.#options.transport.self) continue;
      void this.#dialFound(peer, addresses[0]!);
      wanted--;
      free--;
    }
    for (const named of due.filter(({ isStatic }) => !isStatic)) {
      if (wanted-- > 0 && free-- > 0) void this.#dialNamed(named);
    }
  }

  #isDue({ peer, notBeforeMs, isDialling }: Named, nowMs: number): boolean {
    const { connections, peers } = this.#options;
    if (isDialling || notBeforeMs > nowMs) return false;
    if (peer === undefined) return true;
    return !connections().some((connection) => connection.peer === peer) && !peers.isBanned(peer);
  }

  async #dialNamed(named: Named): Promise<void> {
    const { transport, peers } = this.#options;
    named.isDialling = true;
    try {
      const peer = await transport.dial(named.address);
      if (this.#isStopped) return;
      named.peer = peer;
      if (named.isStatic) peers.setStatic(peer, true);
      if (named.isSilent) this.#ports.log.info("dial.recovered", { address: named.address });
      named.isSilent = false;
      // Counts as a failure until the connection lasts: the peer may reject this node.
      named.failures++;
      this.#settle(peer, named.address, () => {
        named.failures = 0;
      });
    } catch (error) {
      if (this.#isStopped) return;
      named.failures++;
      if (!named.isSilent) this.#logFailure(named, error);
      named.isSilent = true;
    } finally {
      named.isDialling = false;
      const retryMs = DIALER_LIMITS.retryMs * 2 ** Math.max(0, named.failures - 1);
      named.notBeforeMs =
        this.#ports.clock.nowMs() + jittered(this.#ports.random, Math.min(retryMs, DIALER_LIMITS.retryMsMax));
    }
  }

  #settle(peer: PeerId, address: string, lasted: () => void): void {
    const { connections, peers } = this.#options;
    this.#settling.add(peer);
    this.#ports.scheduler.after(DIALER_LIMITS.settleMs, () => {
      this.#settling.delete(peer);
      if (this.#isStopped) return;
      if (connections().some((connection) => connection.peer === peer)) {
        peers.dialled(peer, address);
        lasted();
      } else peers.dialFailed(peer);
    });
  }

  /** DNS often has addresses of nodes that are off. */
  #logFailure({ address, isSeed }: Named, error: unknown): void {
    const facts = isTrellisError(error) ? error.facts : { reason: String(error) };
    this.#ports.log[isSeed ? "info" : "warn"]("dial.failed", { ...facts, address });
  }

  async #dialFound(peer: PeerId, address: string): Promise<void> {
    const { transport, peers } = this.#options;
    this.#dialling.add(peer);
    try {
      await transport.dial(address);
      this.#settle(peer, address, () => {});
    } catch {
      peers.dialFailed(peer);
    } finally {
      this.#dialling.delete(peer);
    }
  }
}
