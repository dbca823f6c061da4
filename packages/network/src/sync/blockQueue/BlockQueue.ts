import {
  type Clock,
  type Counter,
  LruMap,
  type Scheduler,
  type Timer,
  type TrellisError,
} from "@trellis/base";
import {
  type Block,
  type BlockExchange,
  type BlockOutcome,
  bodyRoot,
  type ChainView,
  type Hash,
} from "@trellis/protocol";
import { networkErrors } from "../../errors.ts";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { BlockIntake } from "../BlockIntake.ts";
import { blockBytes } from "../blockBytes.ts";
import { BLOCK_QUEUE_LIMITS } from "../limits.ts";
import { type Orphan, OrphanPool } from "./OrphanPool.ts";
import { ParentFetcher } from "./ParentFetcher.ts";

interface BlockQueueOptions {
  readonly received: Counter<"source">;
  readonly chain: BlockExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly requests: PeerRequests;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly others: () => readonly PeerId[];
  /** Whether the peer stores blocks that this node lacks. [SYNC-28] */
  readonly servesHistory: (peer: PeerId) => boolean;
  readonly confirmServesHistory: (peer: PeerId, claimedMs: number) => Promise<boolean>;
  readonly isAwaitingState: () => boolean;
  readonly isSyncing: () => boolean;
  readonly farBehind: (peer: PeerId) => Promise<boolean>;
  readonly stopped: (error: unknown) => void;
}

interface Offer {
  readonly block: Block;
  readonly from: PeerId;
  readonly rounds: number;
  readonly outcome: Promise<BlockOutcome>;
  readonly settle: (outcome: BlockOutcome) => void;
  readonly orphaned: (() => void) | undefined;
}

export class BlockQueue implements BlockIntake {
  readonly #options: BlockQueueOptions;
  readonly #orphans = new OrphanPool();
  readonly #fetcher: ParentFetcher;
  readonly #queue: Offer[] = [];
  readonly #offers = new Map<Hash, Offer>();
  readonly #waiting = new Map<Hash, Offer>();
  readonly #refused = new LruMap<Hash, TrellisError>(BLOCK_QUEUE_LIMITS.refusedMax);
  readonly #unsubscribe: () => void;
  #queueBytes = 0;
  #isRunning = false;
  #isStopped = false;
  #sweep: Timer;

  constructor(options: BlockQueueOptions) {
    this.#options = options;
    this.#fetcher = new ParentFetcher({
      requests: options.requests,
      clock: options.clock,
      scheduler: options.scheduler,
      others: options.others,
      isNeeded: (hash) => !this.#isStopped && this.isWanted(hash),
      servesHistory: options.servesHistory,
      arrived: (block, from, rounds) => {
        options.received.add(1, { source: "request" });
        void this.#take(block, from, rounds);
      },
      lost: (hash, lacking, claimedMs) => this.#lost(hash, lacking, claimedMs),
    });
    this.#unsubscribe = options.view.subscribe((event) => {
      if (event.kind === "block") this.#release(event.hash);
    });
    this.#sweep = this.#scheduleSweep();
  }

  get orphanCount(): number {
    return this.#orphans.size;
  }

  get orphanBytes(): number {
    return this.#orphans.bytes;
  }

  stop(): void {
    this.#isStopped = true;
    this.#sweep.cancel();
    this.#fetcher.stop();
    this.#unsubscribe();
    for (const offer of [...this.#queue.splice(0), ...this.#waiting.values()]) {
      offer.settle(refusedBecauseStopped());
    }
    this.#waiting.clear();
  }

  isWanted(hash: Hash): boolean {
    return (
      // A node that lacks genesis has pruned it, and new nodes announce it.
      hash !== this.#options.view.genesisHash &&
      !this.#offers.has(hash) &&
      this.#orphans.get(hash) === undefined &&
      !this.#refused.has(hash) &&
      !this.#options.chain.has(hash)
    );
  }

  offer(block: Block, from: PeerId, orphaned?: () => void): Promise<BlockOutcome> {
    return this.#take(block, from, 0, orphaned);
  }

  /** Also requests parents of known orphans from this peer. [SYNC-4] */
  fetch(hashes: readonly Hash[], from: PeerId): void {
    if (this.#isStopped) return;
    for (const orphan of hashes.map((hash) => this.#orphans.get(hash))) {
      if (orphan !== undefined) this.#seekAlsoFrom(orphan, from);
    }
    this.#fetcher.fetch(
      hashes.filter((hash) => this.isWanted(hash)),
      from,
      0,
    );
  }

  #take(block: Block, from: PeerId, rounds: number, orphaned?: () => void): Promise<BlockOutcome> {
    const known = this.#knownOutcome(block.hash);
    if (known !== undefined) return Promise.resolve(known);
    const underway = this.#offers.get(block.hash);
    if (underway !== undefined) return underway.outcome;
    const orphan = this.#orphans.get(block.hash);
    if (orphan !== undefined) {
      this.#seekAlsoFrom(orphan, from);
      return this.#waiting.get(block.hash)?.outcome ?? Promise.resolve(orphanOutcome(orphan));
    }
    if (this.#isBelowPruned(block)) {
      const error = networkErrors.BLOCK_BELOW_PRUNED({ block: block.hash });
      for (const { block: above } of this.#orphans.dropDescendants(block.hash)) {
        this.#endWait(above.hash, { kind: "refused", error });
      }
      return Promise.resolve({ kind: "refused", error });
    }
    const bytes = blockBytes(block);
    if (
      this.#queue.length >= BLOCK_QUEUE_LIMITS.queueCountMax ||
      this.#queueBytes + bytes > BLOCK_QUEUE_LIMITS.queueBytesMax
    ) {
      return Promise.resolve({
        kind: "refused",
        error: networkErrors.SYNC_BUSY({ block: block.hash, reason: "block queue full" }),
      });
    }
    const { promise, resolve } = Promise.withResolvers<BlockOutcome>();
    const offer: Offer = { block, from, rounds, outcome: promise, settle: resolve, orphaned };
    this.#offers.set(block.hash, offer);
    this.#queue.push(offer);
    this.#queueBytes += bytes;
    void this.#run();
    return promise;
  }

  /** True for a block that is too old to merge, whose sender is not penalised. [SYNC-9] */
  #isBelowPruned({ header }: Block): boolean {
    const { view } = this.#options;
    const oldest = view.blockByNumber(view.oldestNumber());
    return oldest !== undefined && oldest.header.number > 0 && header.blueScore <= oldest.header.blueScore;
  }

  #knownOutcome(hash: Hash): BlockOutcome | undefined {
    if (this.#isStopped) return refusedBecauseStopped();
    if (this.#options.isAwaitingState())
      return {
        kind: "refused",
        error: networkErrors.SYNC_BUSY({ block: hash, reason: "state sync in progress" }),
      };
    const error = this.#refused.get(hash);
    if (error !== undefined) return { kind: "refused", error };
    if (this.#options.chain.has(hash)) return { kind: "known" };
    return undefined;
  }

  /** [SYNC-5] */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#queue.length > 0) {
      const run = this.#queue.splice(0, BLOCK_QUEUE_LIMITS.runBlocksMax);
      for (const { block } of run) this.#queueBytes -= blockBytes(block);
      const outcomes = await this.#import(run.map(({ block }) => block));
      for (const [index, offer] of run.entries()) this.#conclude(offer, outcomes[index]!);
    }
    this.#isRunning = false;
  }

  async #import(blocks: readonly Block[]): Promise<readonly BlockOutcome[]> {
    try {
      return await this.#options.chain.importBlocks(blocks);
    } catch (error) {
      this.#options.stopped(error);
      return blocks.map(refusedBecauseStopped);
    }
  }

  #conclude(offer: Offer, outcome: BlockOutcome): void {
    const { block, from } = offer;
    this.#offers.delete(block.hash);
    if (outcome.kind === "orphan" && !this.#isStopped) {
      this.#keep(offer, outcome.missing);
      return;
    }
    offer.settle(outcome);
    if (this.#isStopped) return;
    if (outcome.kind === "imported") this.#options.guard.credit(from);
    if (outcome.kind === "refused") this.#refuse(block, from, outcome.error);
  }

  /** [SYNC-9] */
  #refuse(block: Block, from: PeerId, error: TrellisError): void {
    if (error.consequence !== "penalise") return;
    this.#options.guard.report(from, "invalidBlock", { block: block.hash, code: error.code });
    // A wrong body says nothing about the block with this hash.
    if (bodyRoot(block.body) !== block.header.bodyRoot) return;
    this.#refused.set(block.hash, error);
    for (const orphan of this.#orphans.dropDescendants(block.hash)) {
      this.#refused.set(orphan.block.hash, error);
      this.#endWait(orphan.block.hash, { kind: "refused", error });
    }
  }

  #keep(offer: Offer, missing: readonly Hash[]): void {
    const { block, from, rounds } = offer;
    const refused = missing.map((parent) => this.#refused.get(parent)).find((error) => error !== undefined);
    if (refused !== undefined) {
      offer.settle({ kind: "refused", error: refused });
      this.#refuse(block, from, refused);
      return;
    }
    const absent = missing.filter((parent) => !this.#options.chain.has(parent));
    if (absent.length === 0) {
      void this.#take(block, from, rounds, offer.orphaned).then(offer.settle);
      return;
    }
    const orphan: Orphan = {
      block,
      from,
      rounds,
      missing: new Set(absent),
      bytes: blockBytes(block),
      sinceMs: this.#options.clock.nowMs(),
    };
    this.#orphans.add(orphan);
    offer.orphaned?.();
    const isSyncing = this.#options.isSyncing();
    if (isSyncing || !this.#mayWait(offer)) offer.settle(orphanOutcome(orphan));
    else this.#wait(offer, orphan);
    if (!isSyncing) void this.#seek(orphan);
  }

  #mayWait({ from }: Offer): boolean {
    const { waitingMax, waitingPerPeerMax } = BLOCK_QUEUE_LIMITS;
    let ofPeer = 0;
    for (const waiting of this.#waiting.values()) if (waiting.from === from) ofPeer++;
    return this.#waiting.size < waitingMax && ofPeer < waitingPerPeerMax;
  }

  /** Delays the outcome, so that gossip can still relay the orphan. [SYNC-6] */
  #wait(offer: Offer, orphan: Orphan): void {
    const { hash } = offer.block;
    this.#waiting.set(hash, offer);
    this.#options.scheduler.after(BLOCK_QUEUE_LIMITS.patienceMs, () => {
      if (this.#waiting.get(hash) === offer) this.#endWait(hash, orphanOutcome(orphan));
    });
  }

  #endWait(hash: Hash, outcome: BlockOutcome): void {
    this.#waiting.get(hash)?.settle(outcome);
    this.#waiting.delete(hash);
  }

  async #seek(orphan: Orphan): Promise<void> {
    const { view, farBehind, isSyncing } = this.#options;
    const { block, from, rounds } = orphan;
    const ahead = block.header.blueScore - view.head().header.blueScore;
    if (ahead > BLOCK_QUEUE_LIMITS.aheadMax || isWorthAsking(rounds)) {
      if ((await farBehind(from)) || isSyncing()) return;
    }
    if (this.#isStopped || rounds >= BLOCK_QUEUE_LIMITS.roundsMax) return;
    this.#fetcher.fetch(this.#rootsOf(orphan), from, rounds + 1);
  }

  #seekAlsoFrom(orphan: Orphan, from: PeerId): void {
    if (!this.#options.isSyncing()) this.#fetcher.fetch(this.#rootsOf(orphan), from, orphan.rounds + 1);
  }

  #rootsOf({ missing }: Orphan): Set<Hash> {
    const seen = new Set(missing);
    const roots = new Set<Hash>();
    for (const parent of seen) {
      const orphan = this.#orphans.get(parent);
      if (orphan !== undefined) for (const ancestor of orphan.missing) seen.add(ancestor);
      else if (this.isWanted(parent)) roots.add(parent);
    }
    return roots;
  }

  #release(parent: Hash): void {
    for (const { block, from, rounds } of this.#orphans.release(parent)) {
      const waiting = this.#waiting.get(block.hash);
      this.#waiting.delete(block.hash);
      void this.#take(block, from, rounds).then((outcome) => waiting?.settle(outcome));
    }
  }

  /** Accuses `lacking`: a peer that has a block also has its parents. [SYNC-7] */
  #lost(hash: Hash, lacking: ReadonlySet<PeerId>, claimedMs: number): void {
    for (const peer of lacking) void this.#accuse(peer, hash, claimedMs);
    for (const orphan of this.#orphans.dropDescendants(hash)) {
      this.#endWait(orphan.block.hash, orphanOutcome(orphan));
    }
  }

  /** [SYNC-28] */
  async #accuse(peer: PeerId, block: Hash, claimedMs: number): Promise<void> {
    if (await this.#options.confirmServesHistory(peer, claimedMs))
      this.#options.guard.report(peer, "falseClaim", { block });
  }

  #scheduleSweep(): Timer {
    return this.#options.scheduler.after(BLOCK_QUEUE_LIMITS.sweepMs, () => {
      this.#orphans.dropOlderThan(this.#options.clock.nowMs() - BLOCK_QUEUE_LIMITS.orphanLifetimeMs);
      this.#sweep = this.#scheduleSweep();
    });
  }
}

/** True whenever the number of rounds has doubled: the hello before header sync costs a round trip. */
function isWorthAsking(rounds: number): boolean {
  return (
    rounds >= BLOCK_QUEUE_LIMITS.roundsBeforeSync &&
    Number.isInteger(Math.log2(rounds / BLOCK_QUEUE_LIMITS.roundsBeforeSync))
  );
}

function orphanOutcome({ missing }: Orphan): BlockOutcome {
  return { kind: "orphan", missing: [...missing] };
}

function refusedBecauseStopped(): BlockOutcome {
  return { kind: "refused", error: networkErrors.NETWORK_STOPPED() };
}
