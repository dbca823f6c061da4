import type { Timer } from "@trellis/base";
import type { BlockExchange, ChainView, Hash, StateAdoption, StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { GreetedPeer, PeerDirectory } from "../directory/PeerDirectory.ts";
import { ROUND_LIMITS } from "../limits.ts";
import type { PeerRequests } from "../PeerRequests.ts";
import type { NetworkPorts } from "../ports.ts";
import { Rests } from "../Rests.ts";
import type { SyncProgress } from "../SyncProgress.ts";
import { type ChainStep, readToCheckpoint } from "./CheckpointHeaders.ts";
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
  readonly #headerRests: Rests;
  readonly #stateRests: Rests;
  #timer: Timer | undefined;
  #adoption: StateAdoption | undefined;
  #fetcher: StateFetcher | undefined;
  #number = 0;
  #isBusy = false;
  #isStopped = false;
  #isFinished = false;

  constructor(options: SnapshotSyncOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#headerRests = new Rests(ports.clock);
    this.#stateRests = new Rests(ports.clock);
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
    this.#fetcher?.pump();
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

  async #step(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      this.#adoption ??= await this.#beginAdoption();
      if (this.#adoption !== undefined && !this.#isStopped) await this.#fetchState(this.#adoption);
    } catch (error) {
      this.#options.stopped(error);
    }
    this.#isBusy = false;
  }

  async #beginAdoption(): Promise<StateAdoption | undefined> {
    const { directory, view, states } = this.#options;
    const source = directory
      .greeted()
      .find(({ id, hello }) => hello.sink.number > 0 && !this.#headerRests.isResting(id));
    if (source === undefined) return undefined;
    const path = await this.#readHeaders(source);
    if (this.#isStopped) return undefined;
    if (path === undefined) {
      this.#headerRests.failed(source.id);
      return undefined;
    }
    const pivot = pivotOf(path, view.parameters.finalityDepth);
    this.#ports.log.info("a state is taken over", { block: pivot.hash, number: pivot.number });
    return states.adopt(pivot.hash);
  }

  #readHeaders(source: GreetedPeer): Promise<readonly ChainStep[] | undefined> {
    return readToCheckpoint(
      {
        ...this.#options,
        genesis: this.#options.view.genesisHash,
        progressed: (number) => {
          this.#number = number;
        },
        isStopped: () => this.#isStopped,
      },
      source,
    );
  }

  /** A state that nobody has any more is given up for a newer one. [SYNC-24] */
  async #fetchState(adoption: StateAdoption): Promise<void> {
    const { requests, guard, directory, finished } = this.#options;
    this.#fetcher = new StateFetcher({
      adoption,
      requests,
      guard,
      rests: this.#stateRests,
      peers: () => directory.greeted(),
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

/**
 * Half of what is not final yet stands on it as work, and its state stays with peers for as long as the other half
 * takes; never below the checkpoint.
 */
function pivotOf(path: readonly ChainStep[], finalityDepth: number): ChainStep {
  const depth = Math.floor(finalityDepth / 2);
  return path[Math.max(0, path.length - 1 - depth)]!;
}
