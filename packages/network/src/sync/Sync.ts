import type { BlockExchange, ChainView, FinalityIntake, Hash, StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { AnswerQueue } from "../requests/AnswerQueue.ts";
import { PeerRequests } from "../requests/PeerRequests.ts";
import type { Server } from "../requests/serve.ts";
import type { Connection, PeerId, Transport } from "../transport/Transport.ts";
import type { Wire } from "../wire/index.ts";
import { BlockQueue } from "./blockQueue/BlockQueue.ts";
import { countBlocks } from "./countBlocks.ts";
import { Handshakes, type ReadyPeer, tipsOf } from "./handshake/Handshakes.ts";
import { HeaderSync } from "./headers/HeaderSync.ts";
import { measureSync } from "./measureSync.ts";
import type { SyncProgress } from "./SyncProgress.ts";
import { createServers } from "./serving/createServers.ts";
import { SnapshotSync } from "./snapshot/SnapshotSync.ts";

interface SyncOptions {
  readonly shard: number;
  readonly agent: string;
  readonly checkpoint?: Hash;
}

interface SyncPorts extends NetworkPorts {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "request" | "disconnect">;
  readonly guard: PeerGuard;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  readonly voteIntake?: Pick<FinalityIntake, "receiveFinal">;
}

export class Sync {
  readonly queue: BlockQueue;
  readonly handshakes: Handshakes;
  readonly servers: readonly Server[];
  readonly #headers: HeaderSync;
  readonly #snapshot: SnapshotSync | undefined;
  readonly #voteIntake: SyncPorts["voteIntake"];
  readonly #stopMeasuring: () => void;

  constructor(options: SyncOptions, ports: SyncPorts) {
    const { wire, transport, guard, chain, states, view, clock, scheduler, log } = ports;
    const requests = new PeerRequests({ transport, guard, wire, clock });
    const received = countBlocks(ports.metrics);
    /** [SYNC-21] */
    const stopped = (error: unknown): void => {
      log.error("sync.stopped", { error: error as Error, message: "The chain accepts no more blocks." });
      this.stop();
    };
    const peerReady = (peer: ReadyPeer): void => this.#peerReady(peer);
    this.#voteIntake = ports.voteIntake;
    this.handshakes = new Handshakes(
      { ...options, chain, view, states, transport, guard, requests, peerReady },
      ports,
    );
    const { handshakes } = this;
    this.#headers = new HeaderSync({ chain, view, guard, requests, handshakes, received, stopped }, ports);
    this.queue = new BlockQueue({
      received,
      chain,
      view,
      guard,
      requests,
      clock,
      scheduler,
      others: () => handshakes.shuffledPeers(),
      servesHistory: (peer) => handshakes.servesHistory(peer),
      confirmServesHistory: (peer, claimedMs) => handshakes.confirmServesHistory(peer, claimedMs),
      isAwaitingState: () => this.#snapshot?.isActive ?? false,
      isSyncing: () => this.#headers.isActive,
      farBehind: async (peer) => {
        const current = await handshakes.exchange(peer);
        return current !== undefined && this.#headers.demand(current);
      },
      stopped,
    });
    const { checkpoint } = options;
    const finished = (): void => this.#headers.start();
    this.#snapshot =
      checkpoint &&
      new SnapshotSync(
        { checkpoint, chain, states, view, requests, guard, handshakes, stopped, finished },
        ports,
      );
    this.servers = createServers({
      wire,
      chain,
      states,
      view,
      guard,
      answerQueue: new AnswerQueue(ports.pace),
      answerHello: (peer, hello) => handshakes.answer(peer, hello),
    });
    this.#stopMeasuring = measureSync(ports, {
      queue: this.queue,
      headers: this.#headers,
      handshakes,
      progress: () => this.progress(),
    });
  }

  isSyncing(): boolean {
    return this.#headers.isActive || (this.#snapshot?.isActive ?? false);
  }

  start(): void {
    this.handshakes.start();
    if (this.#snapshot?.isActive) this.#snapshot.start();
    else this.#headers.start();
  }

  stop(): void {
    this.#snapshot?.stop();
    this.#headers.stop();
    this.handshakes.stop();
    this.queue.stop();
    this.#stopMeasuring();
  }

  connected(connection: Connection): void {
    this.handshakes.connected(connection);
  }

  disconnected(peer: PeerId): void {
    this.handshakes.disconnected(peer);
    this.#headers.peerLeft(peer);
  }

  progress(): SyncProgress | undefined {
    return this.#snapshot?.progress() ?? this.#headers.progress();
  }

  /** Undefined unless sync needs the operator. */
  problem(): string | undefined {
    return this.#snapshot?.isActive ? this.#snapshot.problem() : this.#headers.problem();
  }

  #peerReady(peer: ReadyPeer): void {
    this.#voteIntake?.receiveFinal(peer.hello.finalized.number);
    if (this.#snapshot?.isActive) return;
    this.#headers.consider();
    if (this.#headers.isActive || this.#headers.isAsking(peer.id)) return;
    this.queue.fetch(tipsOf(peer), peer.id);
  }
}
