import type { Clock, Scheduler, Timer } from "@trellis/base";
import type { Block, Hash } from "@trellis/protocol";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { FETCH_LIMITS } from "../limits.ts";
import { AnswerTimes } from "./AnswerTimes.ts";

interface MissingBlock {
  readonly hash: Hash;
  readonly sources: Set<PeerId>;
  readonly tried: Set<PeerId>;
  readonly lacking: Set<PeerId>;
  readonly unanswered: Map<PeerId, number>;
  readonly from: PeerId;
  readonly rounds: number;
  readonly sinceMs: number;
  readonly asked: Map<PeerId, { readonly isLate: boolean }>;
  isBackingOff: boolean;
  hasBackedOff: boolean;
}

interface ParentFetcherOptions {
  readonly requests: PeerRequests;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly others: () => readonly PeerId[];
  readonly isNeeded: (hash: Hash) => boolean;
  /** False before the peer's hello [SYNC-18], and if the block may be pruned. [SYNC-28] */
  readonly servesHistory: (peer: PeerId) => boolean;
  readonly arrived: (block: Block, from: PeerId, rounds: number) => void;
  /** @param lacking peers that should have had the block at `claimedMs` */
  readonly lost: (hash: Hash, lacking: ReadonlySet<PeerId>, claimedMs: number) => void;
}

/** [SYNC-7] */
export class ParentFetcher {
  readonly #options: ParentFetcherOptions;
  readonly #missing = new Map<Hash, MissingBlock>();
  readonly #shares = new Map<PeerId, number>();
  readonly #underway = new Map<PeerId, number>();
  readonly #times = new AnswerTimes();
  readonly #timers = new Set<Timer>();

  constructor(options: ParentFetcherOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#missing.size;
  }

  has(hash: Hash): boolean {
    return this.#missing.has(hash);
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#missing.clear();
  }

  fetch(hashes: Iterable<Hash>, from: PeerId, rounds: number): void {
    if (!this.#options.servesHistory(from)) return;
    for (const hash of hashes) {
      const known = this.#missing.get(hash);
      if (known !== undefined) known.sources.add(from);
      else if ((this.#shares.get(from) ?? 0) < FETCH_LIMITS.missingPerPeerMax) this.#add(hash, from, rounds);
    }
    this.pump();
  }

  #add(hash: Hash, from: PeerId, rounds: number): void {
    this.#shares.set(from, (this.#shares.get(from) ?? 0) + 1);
    this.#missing.set(hash, {
      hash,
      from,
      rounds,
      sinceMs: this.#options.clock.nowMs(),
      asked: new Map(),
      isBackingOff: false,
      hasBackedOff: false,
      sources: new Set([from]),
      tried: new Set(),
      lacking: new Set(),
      unanswered: new Map(),
    });
  }

  #delete(missing: MissingBlock): void {
    const { hash, from } = missing;
    if (this.#missing.get(hash) !== missing) return;
    this.#missing.delete(hash);
    const share = this.#shares.get(from)! - 1;
    if (share === 0) this.#shares.delete(from);
    else this.#shares.set(from, share);
  }

  pump(): void {
    const batches = new Map<PeerId, MissingBlock[]>();
    for (const missing of [...this.#missing.values()]) {
      if (missing.isBackingOff || [...missing.asked.values()].some(({ isLate }) => !isLate)) continue;
      if (!this.#options.isNeeded(missing.hash)) {
        this.#delete(missing);
        continue;
      }
      const untried = this.#untriedPeer(missing);
      if (untried === undefined && missing.asked.size > 0) continue;
      const peer = untried ?? this.#sourceToAskAgain(missing);
      if (peer === undefined) {
        this.#delete(missing);
        const lacking = new Set([...missing.lacking].filter(this.#options.servesHistory));
        this.#options.lost(missing.hash, lacking, missing.sinceMs);
      } else if (untried === undefined && !missing.hasBackedOff) this.#backOff(missing);
      else batches.set(peer, [...(batches.get(peer) ?? []), missing]);
    }
    for (const [peer, blocks] of batches) {
      const free = FETCH_LIMITS.requestsPerPeerMax - (this.#underway.get(peer) ?? 0);
      for (let request = 0; request < free; request++) {
        const batch = blocks.splice(0, FETCH_LIMITS.blocksPerRequest);
        if (batch.length > 0) void this.#ask(peer, batch);
      }
    }
  }

  #backOff(missing: MissingBlock): void {
    missing.isBackingOff = true;
    this.#after(FETCH_LIMITS.againMs, () => {
      missing.isBackingOff = false;
      missing.hasBackedOff = true;
      this.pump();
    });
  }

  #after(delayMs: number, action: () => void): Timer {
    const timer = this.#options.scheduler.after(delayMs, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
    return timer;
  }

  #untriedPeer({ sources, tried, asked }: MissingBlock): PeerId | undefined {
    const isUntried = (peer: PeerId): boolean => !tried.has(peer) && !asked.has(peer);
    for (const peer of sources) if (isUntried(peer)) return peer;
    const count = new Set([...tried, ...asked.keys()]).size;
    const others = count < sources.size + FETCH_LIMITS.othersMax ? this.#options.others() : [];
    return others.find((peer) => isUntried(peer) && this.#options.servesHistory(peer));
  }

  /** A broken stream may explain a missing answer. */
  #sourceToAskAgain({ sources, lacking, unanswered }: MissingBlock): PeerId | undefined {
    return [...sources].find(
      (peer) => unanswered.has(peer) && !lacking.has(peer) && this.#options.servesHistory(peer),
    );
  }

  async #ask(peer: PeerId, batch: readonly MissingBlock[]): Promise<void> {
    this.#underway.set(peer, (this.#underway.get(peer) ?? 0) + 1);
    for (const missing of batch) {
      missing.asked.set(peer, { isLate: false });
      missing.hasBackedOff = false;
    }
    const { clock, requests } = this.#options;
    const sinceMs = clock.nowMs();
    const late = this.#after(this.#times.lateAfterMs(peer), () => this.#beLate(peer, batch));
    const blocks = await requests.blocks(
      peer,
      batch.map(({ hash }) => hash),
    );
    late.cancel();
    this.#timers.delete(late);
    if (blocks !== undefined) this.#times.answered(peer, clock.nowMs() - sinceMs);
    const underway = this.#underway.get(peer)! - 1;
    if (underway === 0) this.#underway.delete(peer);
    else this.#underway.set(peer, underway);
    // Requests blocks beyond the answer's size limit again, unless the answer is empty.
    const answered = blocks === undefined || blocks.length === 0 ? batch.length : blocks.length;
    for (const [index, missing] of batch.entries()) {
      missing.asked.delete(peer);
      if (index >= answered) continue;
      missing.tried.add(peer);
      const block = blocks?.[index];
      if (block !== undefined) {
        this.#delete(missing);
        this.#options.arrived(block, peer, missing.rounds);
      } else if (missing.sources.has(peer)) noteFailure(missing, peer, blocks !== undefined);
    }
    this.pump();
  }

  #beLate(peer: PeerId, batch: readonly MissingBlock[]): void {
    for (const { asked } of batch) asked.set(peer, { isLate: true });
    this.pump();
  }
}

function noteFailure({ unanswered, lacking }: MissingBlock, peer: PeerId, isAnswered: boolean): void {
  const count = (unanswered.get(peer) ?? 0) + 1;
  unanswered.set(peer, count);
  if (isAnswered || count >= FETCH_LIMITS.unansweredMax) lacking.add(peer);
}
