import type { Block, Hash } from "@trellis/protocol";
import type { PeerId } from "../../transport/Transport.ts";
import { FETCH_LIMITS } from "../limits.ts";
import type { PeerRequests } from "../PeerRequests.ts";

/** A block that is to be had from peers. */
interface Want {
  readonly hash: Hash;
  /** Those who should have it: each sent something that needs it, or named it. */
  readonly sources: Set<PeerId>;
  readonly tried: Set<PeerId>;
  /** Sources that said that they lack it. */
  readonly lacking: Set<PeerId>;
  readonly rounds: number;
  isAsked: boolean;
}

export interface ParentFetcherOptions {
  readonly requests: PeerRequests;
  /** Others who may have a block, best first. */
  readonly others: () => readonly PeerId[];
  readonly isNeeded: (hash: Hash) => boolean;
  readonly arrived: (block: Block, from: PeerId, rounds: number) => void;
  /** Nobody has it. */
  readonly lost: (hash: Hash, lacking: ReadonlySet<PeerId>) => void;
}

/** Fetches single blocks by hash: first from those who should have them, then from some others. [SYNC-7] */
export class ParentFetcher {
  readonly #options: ParentFetcherOptions;
  readonly #wants = new Map<Hash, Want>();
  readonly #underway = new Map<PeerId, number>();

  constructor(options: ParentFetcherOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#wants.size;
  }

  has(hash: Hash): boolean {
    return this.#wants.has(hash);
  }

  /** @param rounds generations that were fetched to get to the blocks */
  want(hashes: Iterable<Hash>, from: PeerId, rounds: number): void {
    for (const hash of hashes) {
      const known = this.#wants.get(hash);
      if (known !== undefined) known.sources.add(from);
      else {
        this.#wants.set(hash, {
          hash,
          sources: new Set([from]),
          tried: new Set(),
          lacking: new Set(),
          rounds,
          isAsked: false,
        });
      }
    }
    this.pump();
  }

  /** Asks for what is not asked for yet, as far as the peers' requests underway allow. */
  pump(): void {
    const batches = new Map<PeerId, Want[]>();
    for (const want of [...this.#wants.values()]) {
      if (want.isAsked) continue;
      if (!this.#options.isNeeded(want.hash)) {
        this.#wants.delete(want.hash);
        continue;
      }
      const peer = this.#nextPeer(want);
      if (peer === undefined) {
        this.#wants.delete(want.hash);
        this.#options.lost(want.hash, want.lacking);
      } else batches.set(peer, [...(batches.get(peer) ?? []), want]);
    }
    for (const [peer, wants] of batches) {
      const free = FETCH_LIMITS.requestsPerPeerMax - (this.#underway.get(peer) ?? 0);
      for (let request = 0; request < free; request++) {
        const batch = wants.splice(0, FETCH_LIMITS.blocksPerRequest);
        if (batch.length > 0) void this.#ask(peer, batch);
      }
    }
  }

  #nextPeer({ sources, tried }: Want): PeerId | undefined {
    for (const peer of sources) if (!tried.has(peer)) return peer;
    if (tried.size >= sources.size + FETCH_LIMITS.othersMax) return undefined;
    return this.#options.others().find((peer) => !tried.has(peer));
  }

  async #ask(peer: PeerId, wants: readonly Want[]): Promise<void> {
    this.#underway.set(peer, (this.#underway.get(peer) ?? 0) + 1);
    for (const want of wants) want.isAsked = true;
    const blocks = await this.#options.requests.blocks(
      peer,
      wants.map(({ hash }) => hash),
    );
    const underway = this.#underway.get(peer)! - 1;
    if (underway === 0) this.#underway.delete(peer);
    else this.#underway.set(peer, underway);
    // What an answer of limited size left out is asked for again, unless the answer holds nothing.
    const answered = blocks === undefined || blocks.length === 0 ? wants.length : blocks.length;
    for (const [index, want] of wants.entries()) {
      want.isAsked = false;
      if (index >= answered) continue;
      want.tried.add(peer);
      const block = blocks?.[index];
      if (block !== undefined) {
        this.#wants.delete(want.hash);
        this.#options.arrived(block, peer, want.rounds);
      } else if (blocks !== undefined && want.sources.has(peer)) want.lacking.add(peer);
    }
    this.pump();
  }
}
