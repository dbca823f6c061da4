import { LruMap, type Timer } from "@trellis/base";
import type { BlockExchange, ChainView, Hash, StateAdoption, StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { NetworkPorts } from "../../ports/NetworkPorts.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { GreetedPeer, PeerDirectory } from "../directory/PeerDirectory.ts";
import { ROUND_LIMITS } from "../limits.ts";
import { Rests } from "../Rests.ts";
import type { SyncProgress } from "../SyncProgress.ts";
import { CheckpointHeaders } from "./CheckpointHeaders.ts";
import { choosePivot, gives } from "./choosePivot.ts";
import { StateFetcher } from "./StateFetcher.ts";

export interface SnapshotSyncOptions {
  /** A block that the operator trusts. */
  readonly checkpoint: Hash;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly directory: PeerDirectory;
  /** The state is whole, and the chain goes on from it. */
  readonly finished: () => void;
  readonly stopped: (error: unknown) => void;
}

/** Takes a state over from peers instead of executing every block up to it. [SYNC-22] */
export class SnapshotSync {
  readonly #options: SnapshotSyncOptions;
  readonly #ports: NetworkPorts;
  readonly #headers: CheckpointHeaders;
  readonly #headerRests: Rests;
  /** Peers on whose chains the checkpoint is not. */
  readonly #lacking = new LruMap<PeerId, true>(ROUND_LIMITS.restingPeersMax);
  #timer: Timer | undefined;
  #adoption: StateAdoption | undefined;
  #fetcher: StateFetcher | undefined;
  #toldProblem: string | undefined;
  #number = 0;
  /** When it is looked again whether a state is given away. */
  #lookMs = 0;
  #isBusy = false;
  #isStopped = false;
  #isFinished = false;

  constructor(options: SnapshotSyncOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#headers = new CheckpointHeaders({
      ...options,
      genesis: options.view.genesisHash,
      clock: ports.clock,
      progressed: (number) => {
        this.#number = number;
      },
      isStopped: () => this.#isStopped,
    });
    this.#headerRests = new Rests(ports.clock);
    this.#adoption = options.states.adoption();
    this.#isFinished = this.#adoption === undefined && options.view.head().header.number > 0;
  }

  /** From the start on, unless the chain has executed blocks of its own. */
  get isActive(): boolean {
    return !this.#isFinished && !this.#isStopped;
  }

  start(): void {
    if (!this.isActive) return;
    this.#timer = this.#ports.scheduler.after(ROUND_LIMITS.tickMs, () => this.start());
    if (this.#adoption !== undefined && this.#isGone(this.#adoption)) this.#fetcher?.giveUp();
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
      phase: this.#adoption === undefined ? "snapshot-headers" : "snapshot-state",
      startingBlock: 0,
      currentBlock: this.#number,
      highestBlock: this.#number,
    };
  }

  /** Why it cannot go on by itself: the operator has to look. */
  problem(): string | undefined {
    if (!this.isActive || this.#lacking.size === 0) return undefined;
    const peers = this.#options.directory.connections().map(({ peer }) => peer);
    if (!peers.every((peer) => this.#lacking.has(peer))) return undefined;
    const { checkpoint } = this.#options;
    return `no peer's chain has the checkpoint ${checkpoint}`;
  }

  /** Once for each problem that there is. */
  #tellProblem(): void {
    const problem = this.problem();
    if (problem === this.#toldProblem) return;
    this.#toldProblem = problem;
    if (problem === undefined) return;
    const { checkpoint } = this.#options;
    this.#ports.log.warn("no peer's chain has the checkpoint", { checkpoint, peers: this.#lacking.size });
  }

  async #step(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      this.#adoption ??= await this.#chooseState();
      if (this.#adoption !== undefined && !this.#isStopped) await this.#fetchState(this.#adoption);
    } catch (error) {
      this.#options.stopped(error);
    }
    this.#isBusy = false;
  }

  /** What is here of another state stays, as far as it is alike. [SYNC-24] */
  async #chooseState(): Promise<StateAdoption | undefined> {
    const { directory, states, checkpoint } = this.#options;
    if (this.#ports.clock.nowMs() < this.#lookMs) return undefined;
    const source = directory
      .greeted()
      .find(({ id, hello }) => hello.sink.number > 0 && !this.#headerRests.isResting(id));
    // What it said when it was met may be long ago.
    const current = source && (await directory.exchange(source.id));
    if (source === undefined || this.#isStopped) return undefined;
    const reading = current && (await this.#headers.read(current));
    if (this.#isStopped) return undefined;
    if (reading?.kind === "lacking") this.#lacking.set(source.id, true);
    if (reading?.kind !== "read") {
      this.#headerRests.failed(source.id);
      return undefined;
    }
    this.#lacking.clear();
    const pivot = choosePivot(states, checkpoint, reading.sink, directory.greeted());
    if (pivot === undefined) {
      this.#ports.log.info("no state above the checkpoint is given away yet", { checkpoint });
      this.#lookMs = this.#ports.clock.nowMs() + ROUND_LIMITS.restMs;
      return undefined;
    }
    this.#headerRests.succeeded(source.id);
    this.#ports.log.info("a state is taken over", { block: pivot.hash, number: pivot.number });
    return states.adopt(pivot.hash);
  }

  /** Whether there are peers, and none has the state any more. */
  #isGone(adoption: StateAdoption): boolean {
    return this.#options.directory.greeted().length > 0 && this.#givers(adoption).length === 0;
  }

  #givers({ block }: StateAdoption): readonly GreetedPeer[] {
    const { directory, states } = this.#options;
    const pivot = { hash: block, number: states.chainPlace(block, block)!.number };
    return directory.greeted().filter((peer) => gives(peer, pivot));
  }

  /** A state that nobody has any more is given up for a newer one. [SYNC-24] */
  async #fetchState(adoption: StateAdoption): Promise<void> {
    const { requests, guard, finished } = this.#options;
    this.#fetcher = new StateFetcher({
      adoption,
      requests,
      guard,
      rests: new Rests(this.#ports.clock),
      peers: () => this.#givers(adoption),
    });
    const end = await this.#fetcher.run();
    this.#fetcher = undefined;
    if (end === "unavailable") this.#adoption = undefined;
    if (end !== "whole") return;
    await adoption.complete();
    this.#isFinished = true;
    this.#timer?.cancel();
    this.#ports.log.info("the state is here", { block: adoption.block });
    finished();
  }
}
