import type { Clock } from "@trellis/base";
import type { BlockExchange, ChainView, Hash } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { GreetedPeer, PeerDirectory } from "../directory/PeerDirectory.ts";
import { FORK_LIMITS } from "../limits.ts";

export interface ForkWatchOptions {
  readonly chain: BlockExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly requests: PeerRequests;
  readonly directory: PeerDirectory;
  readonly clock: Clock;
  /** Peers that claim more work than is here, and have not failed to show it again and again. */
  readonly ahead: () => readonly GreetedPeer[];
  /** As far as its peers, but for what comes meanwhile. */
  readonly isInStep: () => boolean;
}

/** The newest block of this node's chain that a peer has on its own. */
interface Place {
  readonly hash: Hash;
  readonly number: number;
}

/**
 * While a node begins, nothing becomes final that a peer which claims more work has not on its chain: what makes final
 * before the handover is depth alone, and a light chain can be as deep as a heavy one. [SYNC-29]
 */
export class ForkWatch {
  readonly #options: ForkWatchOptions;
  /** Peers whose chains leave this node's below what would be final. */
  #forks: ReadonlySet<PeerId> = new Set();
  /** Questions in a row without an answer. */
  readonly #misses = new Map<PeerId, number>();
  #metMs: number | undefined;
  #isLooking = false;
  #isOver = false;

  constructor(options: ForkWatchOptions) {
    this.#options = options;
  }

  /** Before anything of a peer is taken in. @throws CHAIN_STOPPED */
  async met(): Promise<void> {
    if (this.#metMs !== undefined) return;
    const { chain, view, clock } = this.#options;
    this.#metMs = clock.nowMs();
    await chain.limitFinality(view.finalized().hash);
  }

  isFork(peer: PeerId): boolean {
    return this.#forks.has(peer);
  }

  peerLeft(peer: PeerId): void {
    this.#misses.delete(peer);
  }

  /** Asks those ahead whether they have what would be final, and lets as much be final as all have. @throws CHAIN_STOPPED */
  async look(): Promise<void> {
    if (this.#isLooking || this.#isOver || this.#metMs === undefined) return;
    this.#isLooking = true;
    try {
      await this.#look(this.#metMs);
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(metMs: number): Promise<void> {
    const { chain, view, directory, clock, ahead, isInStep } = this.#options;
    const point = chain.finalPoint();
    const isEarly =
      directory.greeted().length < FORK_LIMITS.peersMin && clock.nowMs() - metMs < FORK_LIMITS.graceMs;
    if (point === undefined || (!isEarly && isInStep())) {
      this.#isOver = true;
      this.#forks = new Set();
      await chain.limitFinality(undefined);
      return;
    }
    if (isEarly || view.finalized().header.number >= point.number) return;
    const { hash, header } = view.head();
    const locator = [...new Set([hash, point.hash, ...chain.locator()])];
    const peers = ahead();
    const places = await Promise.all(peers.map(({ id }) => this.#placeOn(id, locator)));
    this.#forks = new Set(
      peers.filter((_, index) => (places[index]?.number ?? point.number) < point.number).map(({ id }) => id),
    );
    const isAwaited = peers.some(({ id }, index) => places[index] === undefined && this.#isAwaited(id));
    if (this.#forks.size > 0 || isAwaited) return;
    const agreed = places
      .filter((place) => place !== undefined)
      .reduce((lowest, place) => (place.number < lowest.number ? place : lowest), {
        hash,
        number: header.number,
      });
    await chain.limitFinality(agreed.hash);
  }

  /** It may answer yet. */
  #isAwaited(peer: PeerId): boolean {
    return (this.#misses.get(peer) ?? 0) < FORK_LIMITS.missesMax && this.#options.directory.isGreeted(peer);
  }

  /** What a peer has of a chain, newest first: the block that its headers would go on from. */
  async #placeOn(peer: PeerId, locator: readonly Hash[]): Promise<Place | undefined> {
    const { requests, guard, view } = this.#options;
    const answer = await requests.headers(peer, { locator, countMax: 1 });
    if (answer === undefined) {
      this.#misses.set(peer, (this.#misses.get(peer) ?? 0) + 1);
      return undefined;
    }
    const number = locator.includes(answer.from) ? view.block(answer.from)?.header.number : undefined;
    if (number === undefined) {
      guard.report(peer, "falseAnswer", { headers: "goes on from a block that was not named" });
      this.#misses.set(peer, FORK_LIMITS.missesMax);
      return undefined;
    }
    this.#misses.delete(peer);
    return { hash: answer.from, number };
  }
}
