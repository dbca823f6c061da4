import type { BlockExchange, ChainView, FinalityIntake, Hash, StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { AnswerTurns } from "../requests/AnswerTurns.ts";
import { createPeerRequests } from "../requests/PeerRequests.ts";
import type { Server } from "../requests/serve.ts";
import type { Connection, PeerId, Transport } from "../transport/Transport.ts";
import type { Wire } from "../wire/index.ts";
import { ImportDesk } from "./desk/ImportDesk.ts";
import { type GreetedPeer, PeerDirectory, tipsOf } from "./directory/PeerDirectory.ts";
import { HeaderSync } from "./headers/HeaderSync.ts";
import { measureSync } from "./measureSync.ts";
import type { SyncProgress } from "./SyncProgress.ts";
import { createServers } from "./serving/createServers.ts";
import { SnapshotSync } from "./snapshot/SnapshotSync.ts";

interface SyncOptions {
  readonly shard: number;
  /** Name and version of the software. */
  readonly agent: string;
  /** A chain block that is trusted: an empty chain takes over a state above it instead of executing up to it. */
  readonly checkpoint?: Hash;
}

interface SyncParts {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "request" | "disconnect">;
  readonly guard: PeerGuard;
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: ChainView;
  /** Of a node that takes part in the vote. */
  readonly voteIntake?: Pick<FinalityIntake, "receiveFinal">;
}

/** Everything that keeps a chain as far as those of the peers. */
export interface Sync {
  readonly desk: ImportDesk;
  readonly directory: PeerDirectory;
  readonly servers: readonly Server[];
  start(): void;
  stop(): void;
  connected(connection: Connection): void;
  disconnected(peer: PeerId): void;
  progress(): SyncProgress | undefined;
  /** What keeps it from going on until the operator looks. */
  problem(): string | undefined;
  isSyncing(): boolean;
}

export function createSync(options: SyncOptions, parts: SyncParts, ports: NetworkPorts): Sync {
  const { wire, transport, guard, chain, states, view } = parts;
  const { clock, scheduler, log } = ports;
  const requests = createPeerRequests({ transport, guard, wire, clock });
  const stop = (): void => {
    snapshot?.stop();
    headers.stop();
    directory.stop();
    desk.stop();
    stopMeasuring();
  };
  /** [SYNC-21] */
  const chainStopped = (error: unknown): void => {
    log.error("the chain takes no more blocks: this node syncs no more", { error: error as Error });
    stop();
  };
  const greeted = (peer: GreetedPeer): void => {
    parts.voteIntake?.receiveFinal(peer.hello.finalized.number);
    if (snapshot?.isActive) return;
    headers.consider();
    // What a header sync brings is not fetched one by one too.
    if (!headers.isActive && !headers.isAsking(peer.id)) desk.fetch(tipsOf(peer), peer.id);
  };
  const directory = new PeerDirectory(
    { ...options, chain, view, states, transport, guard, requests, greeted },
    ports,
  );
  const headers = new HeaderSync({ chain, view, guard, requests, directory, stopped: chainStopped }, ports);
  const desk = new ImportDesk({
    chain,
    view,
    guard,
    requests,
    clock,
    scheduler,
    others: () => directory.shuffledPeers(),
    mayHave: (peer) => directory.mayHave(peer),
    shouldHave: (peer) => directory.shouldHave(peer),
    isHeld: () => snapshot?.isActive ?? false,
    isSyncing: () => headers.isActive,
    async farBehind(peer) {
      const current = await directory.exchange(peer);
      return current !== undefined && headers.demand(current);
    },
    stopped: chainStopped,
  });
  const { checkpoint } = options;
  const snapshot =
    checkpoint === undefined
      ? undefined
      : new SnapshotSync(
          {
            checkpoint,
            ...{ chain, states, view, requests, guard, directory, stopped: chainStopped },
            finished: () => headers.start(),
          },
          ports,
        );
  const progress = (): SyncProgress | undefined => snapshot?.progress() ?? headers.progress();
  const stopMeasuring = measureSync(ports, { desk, headers, directory, progress });
  return {
    desk,
    directory,
    servers: createServers({
      wire,
      chain,
      states,
      view,
      guard,
      turns: new AnswerTurns(ports.pace),
      greet: (peer, hello) => directory.answer(peer, hello),
    }),
    start() {
      directory.start();
      if (snapshot?.isActive) snapshot.start();
      else headers.start();
    },
    stop,
    connected: (connection) => directory.connected(connection),
    disconnected(peer) {
      directory.disconnected(peer);
      headers.peerLeft(peer);
    },
    progress,
    problem: () => (snapshot?.isActive ? snapshot.problem() : headers.problem()),
    isSyncing: () => headers.isActive || (snapshot?.isActive ?? false),
  };
}
