import { LruMap, type Timer } from "@trellis/base";
import type { BlockExchange, ChainView, Hash, StateExchange, StateImport } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { NetworkPorts } from "../../ports/NetworkPorts.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { Backoffs } from "../Backoffs.ts";
import type { Handshakes, ReadyPeer } from "../handshake/Handshakes.ts";
import { FINALITY_GATE_LIMITS, ROUND_LIMITS, SNAPSHOT_LIMITS } from "../limits.ts";
import type { SyncProgress } from "../SyncProgress.ts";
import { CheckpointHeaders, type CheckpointReading } from "./CheckpointHeaders.ts";
import { choosePivot, mayGive } from "./choosePivot.ts";
import { StateFetcher } from "./StateFetcher.ts";

interface SnapshotSyncOptions {
  /** A block that the operator trusts. */
  readonly checkpoint: Hash;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly handshakes: Handshakes;
  /** The state is whole, and the chain goes on from it. */
  readonly finished: () => void;
  readonly stopped: (error: unknown) => void;
}

/** Takes a state over from peers instead of executing every block up to it. [SYNC-22] */
export class SnapshotSync {
  readonly #options: SnapshotSyncOptions;
  readonly #ports: NetworkPorts;
  readonly #headers: CheckpointHeaders;
  readonly #headerBackoffs: Backoffs;
  /** Peers on whose chains the checkpoint is not. */
  readonly #lacking = new LruMap<PeerId, true>(ROUND_LIMITS.backoffPeersMax);
  /** Peers that have had a turn since the checkpoint is here, and did not come to an end; longest ago first. */
  readonly #deferred = new LruMap<PeerId, PeerId>(ROUND_LIMITS.backoffPeersMax);
  /** Blocks whose states nobody gave. */
  readonly #gone = new LruMap<Hash, true>(ROUND_LIMITS.backoffPeersMax);
  #timer: Timer | undefined;
  #stateImport: StateImport | undefined;
  #fetcher: StateFetcher | undefined;
  #loggedProblem: string | undefined;
  #number = 0;
  /** When it is looked again whether a state is given away, or deep enough. */
  #lookMs = 0;
  /** When the first peer that listens was seen. */
  #metMs: number | undefined;
  #isBusy = false;
  #isStopped = false;
  #isFinished = false;

  constructor(options: SnapshotSyncOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#headers = new CheckpointHeaders({
      ...options,
      clock: ports.clock,
      progressed: (number) => {
        this.#number = number;
      },
      isStopped: () => this.#isStopped,
    });
    this.#headerBackoffs = new Backoffs(ports.clock);
    this.#stateImport = options.states.currentImport();
    this.#isFinished = this.#stateImport === undefined && options.view.head().header.number > 0;
  }

  /** From the start on, unless the chain has executed blocks of its own. */
  get isActive(): boolean {
    return !this.#isFinished && !this.#isStopped;
  }

  start(): void {
    if (!this.isActive) return;
    this.#timer = this.#ports.scheduler.after(ROUND_LIMITS.tickMs, () => this.start());
    if (this.#stateImport !== undefined && this.#isGone(this.#stateImport)) this.#fetcher?.giveUp();
    this.#fetcher?.pump();
    this.#tellProblem();
    void this.#step();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#fetcher?.stop();
  }

  progress(): SyncProgress | undefined {
    if (!this.isActive) return undefined;
    return {
      phase: this.#stateImport === undefined ? "snapshot-headers" : "snapshot-state",
      startingBlock: 0,
      currentBlock: this.#number,
      highestBlock: this.#number,
    };
  }

  /** Why it cannot go on by itself: the operator has to look. */
  problem(): string | undefined {
    if (!this.isActive || this.#lacking.size === 0) return undefined;
    const peers = this.#options.handshakes.connections().map(({ peer }) => peer);
    if (!peers.every((peer) => this.#lacking.has(peer))) return undefined;
    const { checkpoint } = this.#options;
    return `no peer's chain has the checkpoint ${checkpoint}`;
  }

  /** Once for each problem that there is. */
  #tellProblem(): void {
    const problem = this.problem();
    if (problem === this.#loggedProblem) return;
    this.#loggedProblem = problem;
    if (problem === undefined) return;
    const { checkpoint } = this.#options;
    this.#ports.log.warn("no peer's chain has the checkpoint", { checkpoint, peers: this.#lacking.size });
  }

  async #step(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      this.#stateImport ??= await this.#chooseState();
      const stateImport = this.#stateImport;
      if (stateImport !== undefined && !this.#isStopped && (await this.#fetchState(stateImport))) {
        await this.#complete(stateImport);
      }
    } catch (error) {
      this.#options.stopped(error);
    }
    this.#isBusy = false;
  }

  /** What is here of another state stays, as far as it is alike. [SYNC-24] */
  async #chooseState(): Promise<StateImport | undefined> {
    const { handshakes, states, view, checkpoint } = this.#options;
    const sink = await this.#heaviestShown();
    if (sink === undefined) return undefined;
    if (this.#ports.clock.nowMs() >= this.#lookMs) {
      const pivot = choosePivot({
        ...{ states, checkpoint, sink, peers: handshakes.ready() },
        depthMin: view.parameters.votes.depth,
        isGone: (block) => this.#gone.has(block),
      });
      if (pivot !== undefined) {
        this.#ports.log.info("a state is taken over", { block: pivot.hash, number: pivot.number });
        return states.startImport(pivot.hash);
      }
      this.#ports.log.info("no state above the checkpoint is given away yet", { checkpoint });
      this.#lookMs = this.#ports.clock.nowMs() + ROUND_LIMITS.backoffMs;
    }
    await this.#readOn();
    return undefined;
  }

  /**
   * Reads the headers of each peer that claims more work than was shown. Undefined while too few peers are met, and while
   * one that was put off before the checkpoint came may have a heavier chain. [SYNC-22]
   */
  async #heaviestShown(): Promise<Hash | undefined> {
    const { handshakes, chain, checkpoint } = this.#options;
    let isEarly = !this.#hasMetPeers();
    for (const { id } of handshakes.ready()) {
      const peer = handshakes.get(id);
      if (peer === undefined || !this.#claimsMore(peer) || this.#deferred.has(id)) continue;
      const hadCheckpoint = chain.has(checkpoint);
      const end = await this.#read(id, this.#ports.clock.nowMs() + SNAPSHOT_LIMITS.turnMs);
      if (this.#isStopped) return undefined;
      if (end !== "deferred") continue;
      if (hadCheckpoint) this.#deferred.set(id, id);
      else isEarly = true;
    }
    return isEarly ? undefined : this.#headers.shown?.hash;
  }

  #hasMetPeers(): boolean {
    const { length } = this.#options.handshakes.ready();
    const nowMs = this.#ports.clock.nowMs();
    if (length > 0) this.#metMs ??= nowMs;
    return (
      length >= FINALITY_GATE_LIMITS.peersMin ||
      nowMs - (this.#metMs ?? nowMs) >= FINALITY_GATE_LIMITS.graceMs
    );
  }

  /** More than headers have shown. A sink that is here by others' headers is shown too. */
  #claimsMore({ id, hello: { sink } }: ReadyPeer): boolean {
    if (this.#options.chain.has(sink.hash)) {
      if (this.#headers.show(sink.hash)) this.#lacking.delete(id);
      else if (sink.number > 0) this.#lacking.set(id, true);
      return false;
    }
    return sink.blueWork > (this.#headers.shown?.blueWork ?? 0n) && !this.#headerBackoffs.isBackingOff(id);
  }

  async #read(id: PeerId, untilMs: number): Promise<CheckpointReading> {
    // What it said when it was met may be long ago.
    const current = await this.#options.handshakes.exchange(id);
    const end =
      current === undefined || this.#isStopped ? "failed" : await this.#headers.read(current, untilMs);
    if (end === "lacking") this.#lacking.set(id, true);
    if (end === "lacking" || end === "failed") this.#headerBackoffs.failed(id);
    if (end === "read") {
      this.#lacking.clear();
      this.#headerBackoffs.succeeded(id);
    }
    return end;
  }

  /** While there is nothing else to do, one of those goes on that have had their turn. */
  async #readOn(): Promise<void> {
    for (const id of [...this.#deferred.values()]) {
      const peer = this.#options.handshakes.get(id);
      if (peer === undefined || !this.#claimsMore(peer)) continue;
      const end = await this.#read(id, this.#lookMs);
      if (end === "deferred") this.#deferred.set(id, id);
      else this.#deferred.delete(id);
      return;
    }
  }

  /** Whether there are peers, and none has the state any more. */
  #isGone(stateImport: StateImport): boolean {
    return this.#options.handshakes.ready().length > 0 && this.#givers(stateImport).length === 0;
  }

  #givers({ block }: StateImport): readonly ReadyPeer[] {
    const { handshakes, states } = this.#options;
    const pivot = { hash: block, number: states.chainPlace(block, block)!.number };
    return handshakes.ready().filter((peer) => mayGive(peer, pivot));
  }

  /**
   * A state that nobody has any more is given up for a newer one. [SYNC-24]
   * @returns whether it is whole
   */
  async #fetchState(stateImport: StateImport): Promise<boolean> {
    const { requests, guard } = this.#options;
    this.#fetcher = new StateFetcher({
      stateImport,
      requests,
      guard,
      backoffs: new Backoffs(this.#ports.clock),
      peers: () => this.#givers(stateImport),
    });
    const end = await this.#fetcher.run();
    this.#fetcher = undefined;
    if (end === "unavailable") this.#giveUp(stateImport);
    return end === "whole";
  }

  #giveUp({ block }: StateImport): void {
    this.#gone.set(block, true);
    this.#stateImport = undefined;
  }

  /** Only now is its block believed to be on the chain: it is the base for good. [SYNC-30] */
  async #complete(stateImport: StateImport): Promise<void> {
    const { log, clock } = this.#ports;
    const { block } = stateImport;
    if (clock.nowMs() < this.#lookMs) return;
    const sink = await this.#heaviestShown();
    if (sink === undefined) return;
    const depth = this.#depthUnder(sink, block);
    if (depth === undefined) {
      log.warn("the state that was taken over is not on the heaviest chain: another is", { block, sink });
      this.#giveUp(stateImport);
      return;
    }
    if (depth < this.#options.states.trustDepth) {
      log.info("the state waits until its block is deep enough", { block, depth });
      this.#lookMs = clock.nowMs() + ROUND_LIMITS.backoffMs;
      await this.#readOn();
      return;
    }
    await stateImport.complete();
    this.#isFinished = true;
    this.#timer?.cancel();
    log.info("the state is here", { block });
    this.#options.finished();
  }

  /** Undefined beside the sink's chain. The checkpoint is deep enough wherever it is. */
  #depthUnder(sink: Hash, block: Hash): number | undefined {
    const { states, checkpoint } = this.#options;
    if (block === checkpoint) return Number.POSITIVE_INFINITY;
    const place = states.chainPlace(block, sink);
    // After a restart no header above it may have been read yet.
    return place?.depth ?? (states.chainPlace(sink, block) && 0);
  }
}
