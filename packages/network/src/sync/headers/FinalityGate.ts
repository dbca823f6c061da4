import { type Clock, LruMap } from "@trellis/base";
import type { BlockExchange, ChainView, Hash } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { Handshakes, ReadyPeer } from "../handshake/Handshakes.ts";
import { FINALITY_GATE_LIMITS, ROUND_LIMITS } from "../limits.ts";

interface FinalityGateOptions {
  readonly chain: BlockExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly requests: PeerRequests;
  readonly handshakes: Handshakes;
  readonly clock: Clock;
  readonly ahead: () => readonly ReadyPeer[];
  readonly isSyncing: () => boolean;
}

interface CommonBlock {
  readonly hash: Hash;
  readonly number: number;
}

/**
 * Before the handover, depth alone finalizes blocks, and a light chain can be as deep as a heavy one. So a
 * starting node finalizes only blocks common to all peers ahead. [SYNC-29]
 */
export class FinalityGate {
  readonly #options: FinalityGateOptions;
  #forks: ReadonlySet<PeerId> = new Set();
  readonly #misses = new LruMap<PeerId, number>(ROUND_LIMITS.backoffPeersMax);
  /** Time when the node last gained its first or lost its last peer, in ms since the Unix epoch. */
  #sinceMs: number | undefined;
  #hasPeers = true;
  #isUpdating = false;
  #isOver = false;

  constructor(options: FinalityGateOptions) {
    this.#options = options;
  }

  /** Call before importing data from peers. @throws CHAIN_STOPPED */
  async begin(): Promise<void> {
    if (this.#sinceMs !== undefined) return;
    const { chain, view, clock } = this.#options;
    this.#sinceMs = clock.nowMs();
    await chain.limitFinality(view.finalized().hash);
  }

  isFork(peer: PeerId): boolean {
    return this.#forks.has(peer);
  }

  /** @throws CHAIN_STOPPED */
  async update(): Promise<void> {
    if (this.#isUpdating || this.#isOver || this.#sinceMs === undefined) return;
    this.#isUpdating = true;
    try {
      await this.#update();
    } finally {
      this.#isUpdating = false;
    }
  }

  async #update(): Promise<void> {
    const { chain, view, ahead, isSyncing } = this.#options;
    const point = chain.finalPoint();
    if (point === undefined) return this.#end();
    if (this.#isEarly()) return;
    const peers = ahead();
    if (this.#hasPeers && peers.length === 0 && !isSyncing()) return this.#end();
    if (view.finalized().header.number >= point.number) {
      this.#forks = new Set();
      return;
    }
    const { hash, header } = view.head();
    const locator = [...new Set([hash, point.hash, ...chain.locator()])];
    const commonBlocks = await Promise.all(peers.map(({ id }) => this.#commonBlockOf(id, locator)));
    this.#forks = new Set(
      peers
        .filter((_, index) => (commonBlocks[index]?.number ?? point.number) < point.number)
        .map(({ id }) => id),
    );
    const isAwaited = peers.some(({ id }, index) => commonBlocks[index] === undefined && this.#isAwaited(id));
    if (this.#forks.size > 0 || isAwaited) return;
    const agreed = commonBlocks
      .filter((block) => block !== undefined)
      .reduce((lowest, block) => (block.number < lowest.number ? block : lowest), {
        hash,
        number: header.number,
      });
    await chain.limitFinality(agreed.hash);
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    this.#forks = new Set();
    await this.#options.chain.limitFinality(undefined);
  }

  #isEarly(): boolean {
    const { handshakes, clock } = this.#options;
    const { length } = handshakes.ready();
    if (length > 0 !== this.#hasPeers) {
      this.#hasPeers = length > 0;
      this.#sinceMs = clock.nowMs();
    }
    return (
      length < FINALITY_GATE_LIMITS.peersMin && clock.nowMs() - this.#sinceMs! < FINALITY_GATE_LIMITS.graceMs
    );
  }

  #isAwaited(peer: PeerId): boolean {
    return (
      (this.#misses.get(peer) ?? 0) < FINALITY_GATE_LIMITS.missesMax && this.#options.handshakes.isReady(peer)
    );
  }

  async #commonBlockOf(peer: PeerId, locator: readonly Hash[]): Promise<CommonBlock | undefined> {
    const { requests, guard, view } = this.#options;
    const answer = await requests.headers(peer, { locator, countMax: 1 });
    if (answer === undefined) {
      this.#misses.set(peer, (this.#misses.get(peer) ?? 0) + 1);
      return undefined;
    }
    const number = locator.includes(answer.from) ? view.dagBlock(answer.from)?.header.number : undefined;
    if (number === undefined) {
      guard.report(peer, "falseAnswer", { headers: "starts at a block outside the locator" });
      this.#misses.set(peer, FINALITY_GATE_LIMITS.missesMax);
      return undefined;
    }
    this.#misses.delete(peer);
    return { hash: answer.from, number };
  }
}
