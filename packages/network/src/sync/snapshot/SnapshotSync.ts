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
import { choosePivot, mayGive, type Pivot } from "./choosePivot.ts";
import { fetchPast } from "./fetchPast.ts";
import { fetchRecords } from "./fetchRecords.ts";
import { StateFetcher } from "./StateFetcher.ts";

interface SnapshotSyncOptions {
  readonly checkpoint: Hash;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly handshakes: Handshakes;
  readonly finished: () => void;
  readonly stopped: (error: unknown) => void;
}

/** "pruned": neither the past of the checkpoint nor headers from genesis. */
type SourceReading = CheckpointReading | "pruned";

/** [SYNC-22] */
export class SnapshotSync {
  readonly #options: SnapshotSyncOptions;
  readonly #ports: NetworkPorts;
  readonly #headers: CheckpointHeaders;
  readonly #headerBackoffs: Backoffs;
  /** What a peer lacks: the checkpoint, or headers from which its past can be read. */
  readonly #lacking = new LruMap<PeerId, "checkpoint" | "past">(ROUND_LIMITS.backoffPeersMax);
  /** Peers with unread headers, oldest first. */
  readonly #deferred = new LruMap<PeerId, PeerId>(ROUND_LIMITS.backoffPeersMax);
  readonly #gone = new LruMap<Hash, true>(ROUND_LIMITS.backoffPeersMax);
  #timer: Timer | undefined;
  #stateImport: StateImport | undefined;
  #fetcher: StateFetcher | undefined;
  #loggedProblem: string | undefined;
  #isPastUnverifiable = false;
  #latePasts = 0;
  #number = 0;
  #lookMs = 0;
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

  /** True until the import ends, unless the chain has executed blocks itself. */
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

  problem(): string | undefined {
    if (!this.isActive || this.#lacking.size === 0) return undefined;
    const peers = this.#options.handshakes.connections().map(({ peer }) => peer);
    if (!peers.every((peer) => this.#lacking.has(peer))) return undefined;
    const { checkpoint } = this.#options;
    if (peers.every((peer) => this.#lacking.get(peer) === "checkpoint"))
      return `no peer's chain contains the checkpoint ${checkpoint}`;
    return `no peer serves the past of the checkpoint ${checkpoint}: set a newer checkpoint, or use an archive node as a peer`;
  }

  #tellProblem(): void {
    const problem = this.problem();
    if (problem === this.#loggedProblem) return;
    this.#loggedProblem = problem;
    if (problem === undefined) return;
    const { checkpoint } = this.#options;
    const peers = this.#lacking.size;
    this.#ports.log.warn("checkpoint.missing", { checkpoint, peers, message: problem });
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

  /** Keeps equal trie nodes of an earlier state. [SYNC-24] */
  async #chooseState(): Promise<StateImport | undefined> {
    const { handshakes, states, view, checkpoint } = this.#options;
    const sink = await this.#heaviestShown();
    if (sink === undefined) return undefined;
    if (this.#ports.clock.nowMs() >= this.#lookMs) {
      const pivot = choosePivot({
        states,
        checkpoint,
        sink,
        peers: handshakes.ready(),
        depthMin: view.parameters.votes.depth,
        isGone: (block) => this.#gone.has(block),
      });
      if (pivot !== undefined && (await this.#fetchRecords(pivot))) {
        this.#ports.log.info("stateSync.started", { block: pivot.hash, number: pivot.number });
        return states.startImport(pivot.hash);
      }
      if (this.#isStopped) return undefined;
      this.#ports.log.info("stateSync.waiting", {
        checkpoint,
        message: "No peer offers a state above the checkpoint yet.",
      });
      this.#lookMs = this.#ports.clock.nowMs() + ROUND_LIMITS.backoffMs;
    }
    await this.#readOn();
    return undefined;
  }

  /** Undefined with too few peers, or if a deferred peer may have a heavier chain. [SYNC-22] */
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

  /** A claim is proven if other peers sent the sink. */
  #claimsMore({ id, hello: { sink } }: ReadyPeer): boolean {
    if (this.#options.chain.has(sink.hash)) {
      if (this.#headers.show(sink.hash)) this.#lacking.delete(id);
      else if (sink.number > 0) this.#lacking.set(id, "checkpoint");
      return false;
    }
    return sink.blueWork > (this.#headers.shown?.blueWork ?? 0n) && !this.#headerBackoffs.isBackingOff(id);
  }

  async #read(id: PeerId, untilMs: number): Promise<SourceReading> {
    const current = await this.#options.handshakes.exchange(id);
    const end = current === undefined || this.#isStopped ? "failed" : await this.#readAbove(current, untilMs);
    if (end === "lacking") this.#lacking.set(id, "checkpoint");
    if (end === "pruned") this.#lacking.set(id, "past");
    if (end === "lacking" || end === "failed" || end === "pruned") this.#headerBackoffs.failed(id);
    if (end === "read") {
      this.#lacking.clear();
      this.#headerBackoffs.succeeded(id);
    }
    return end;
  }

  /** Reads from genesis only if the peer does not serve the checkpoint's past. [SYNC-22] [SYNC-32] */
  async #readAbove(peer: ReadyPeer, untilMs: number): Promise<SourceReading> {
    const { chain, checkpoint } = this.#options;
    if (chain.has(checkpoint)) return this.#headers.read(peer, untilMs);
    const past = this.#isPastUnverifiable ? "unverifiable" : await this.#fetchPast(peer.id);
    if (past === "failed" || past === "late" || this.#isStopped) return "failed";
    const end = await this.#headers.read(peer, this.#ports.clock.nowMs() + SNAPSHOT_LIMITS.turnMs);
    return end === "failed" && past !== "taken" && peer.hello.oldest.number > 0 ? "pruned" : end;
  }

  async #fetchPast(peer: PeerId): ReturnType<typeof fetchPast> {
    const { clock, log } = this.#ports;
    const { checkpoint, handshakes } = this.#options;
    const peers = handshakes.ready().length;
    // If all peers are late, this node's line may be slow.
    const turnMs = SNAPSHOT_LIMITS.turnMs * (1 + Math.floor(this.#latePasts / peers));
    const untilMs = peers > 1 ? clock.nowMs() + turnMs : Number.POSITIVE_INFINITY;
    const past = await fetchPast(
      { ...this.#options, clock, untilMs, isStopped: () => this.#isStopped },
      peer,
    );
    if (past === "late") this.#latePasts++;
    if (past === "unverifiable") this.#isPastUnverifiable = true;
    if (past === "taken") {
      // The chain has dropped it.
      this.#stateImport = undefined;
      log.info("checkpoint.reached", { checkpoint, peer });
    }
    return past;
  }

  /** In shard 0 of a network with several shards. @returns whether nothing is missing [SYNC-STATE-7] */
  async #fetchRecords(pivot: Pivot): Promise<boolean> {
    const { states, handshakes, requests, guard } = this.#options;
    const records = states.startRecords(pivot.hash);
    if (records === undefined) return true;
    const peers = () =>
      handshakes
        .ready()
        .filter((peer) => mayGive(peer, pivot))
        .map(({ id }) => id);
    const isStopped = (): boolean => this.#isStopped;
    const isHere = await fetchRecords({ records, requests, guard, peers, isStopped });
    // Peers forget states below their final one sooner than they forget the pivot's.
    if (!isHere) this.#gone.set(pivot.hash, true);
    return isHere;
  }

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

  #isGone(stateImport: StateImport): boolean {
    return this.#options.handshakes.ready().length > 0 && this.#givers(stateImport).length === 0;
  }

  #givers({ block }: StateImport): readonly ReadyPeer[] {
    const { handshakes, states } = this.#options;
    const place = states.chainPlace(block, block);
    if (place === undefined) return [];
    return handshakes.ready().filter((peer) => mayGive(peer, { hash: block, number: place.number }));
  }

  /** Abandons states that no peer serves. [SYNC-24] @returns true if complete */
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

  /** Makes the block the chain's permanent base, once deep enough. [SYNC-30] */
  async #complete(stateImport: StateImport): Promise<void> {
    const { log, clock } = this.#ports;
    const { block } = stateImport;
    if (clock.nowMs() < this.#lookMs) return;
    const sink = await this.#heaviestShown();
    if (sink === undefined || this.#stateImport !== stateImport) return;
    const depth = this.#depthUnder(sink, block);
    if (depth === undefined) {
      log.warn("stateSync.abandoned", {
        block,
        sink,
        message: "The synced state is not on the heaviest chain. State sync starts again.",
      });
      this.#giveUp(stateImport);
      return;
    }
    if (depth < this.#options.states.trustDepth) {
      log.info("stateSync.waiting", {
        block,
        depth,
        message: "The block of the synced state is not deep enough yet.",
      });
      this.#lookMs = clock.nowMs() + ROUND_LIMITS.backoffMs;
      await this.#readOn();
      return;
    }
    await stateImport.complete();
    this.#isFinished = true;
    this.#timer?.cancel();
    log.info("stateSync.completed", { block });
    this.#options.finished();
  }

  #depthUnder(sink: Hash, block: Hash): number | undefined {
    const { states, checkpoint } = this.#options;
    if (block === checkpoint) return Number.POSITIVE_INFINITY;
    const place = states.chainPlace(block, sink);
    // After a restart, headers above the block may be missing.
    return place?.depth ?? (states.chainPlace(sink, block) && 0);
  }
}
