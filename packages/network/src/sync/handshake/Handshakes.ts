import type { Timer } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { NetworkPorts } from "../../ports/NetworkPorts.ts";
import { jittered, randomOf, shuffled } from "../../ports/randomNumber.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { Connection, PeerId, Transport } from "../../transport/Transport.ts";
import type { Hello } from "../../wire/index.ts";
import { HELLO_LIMITS } from "../limits.ts";
import { createHello, type HelloOptions } from "./createHello.ts";

export interface ReadyPeer {
  readonly id: PeerId;
  readonly connection: Connection;
  readonly hello: Hello;
}

interface HandshakesOptions extends HelloOptions {
  readonly transport: Pick<Transport, "disconnect">;
  readonly guard: PeerGuard;
  readonly requests: PeerRequests;
  readonly peerReady: (peer: ReadyPeer) => void;
}

interface Entry {
  readonly connection: Connection;
  hello: Hello | undefined;
  confirmedMs: number;
  /** When the peer announced a later oldest block. */
  prunedMs: number;
  deadline: Timer | undefined;
}

/** [SYNC-1] [SYNC-3] */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #ports: NetworkPorts;
  readonly #entries = new Map<PeerId, Entry>();
  readonly #exchanges = new Map<PeerId, Promise<ReadyPeer | undefined>>();
  readonly #confirmations = new Map<PeerId, Promise<boolean>>();
  #round: Timer | undefined;
  #unsubscribe: (() => void) | undefined;
  #announcedNumber = 0;
  #announcedMs = 0;

  constructor(options: HandshakesOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  start(): void {
    this.#announcedNumber = this.#options.view.head().header.number;
    this.#unsubscribe = this.#options.view.subscribe((event) => {
      if (event.kind === "added" && this.#hasMovedMuch(event.block.header.number)) this.#announce();
    });
    this.#schedule();
  }

  stop(): void {
    this.#round?.cancel();
    this.#unsubscribe?.();
    for (const { deadline } of this.#entries.values()) deadline?.cancel();
    this.#entries.clear();
  }

  connected(connection: Connection): void {
    const { peer, direction } = connection;
    this.#entries.get(peer)?.deadline?.cancel();
    const deadline = this.#awaitHello(peer);
    const { hello, confirmedMs = 0, prunedMs = 0 } = this.#entries.get(peer) ?? {};
    const entry: Entry = { connection, hello, confirmedMs, prunedMs, deadline };
    this.#entries.set(peer, entry);
    if (direction === "outbound") void this.#handshake(peer, entry);
  }

  #awaitHello(peer: PeerId): Timer {
    return this.#ports.scheduler.after(HELLO_LIMITS.waitMs, () => {
      this.#options.transport.disconnect(peer, "no hello received");
    });
  }

  #isAwaited(peer: PeerId, entry: Entry): boolean {
    return this.#entries.get(peer) === entry && entry.deadline !== undefined;
  }

  /** Retries: a stream may break, or overlap with an earlier connection's exchange. */
  async #handshake(peer: PeerId, entry: Entry): Promise<void> {
    await this.exchange(peer);
    if (!this.#isAwaited(peer, entry)) return;
    this.#ports.scheduler.after(HELLO_LIMITS.againMs, () => {
      if (this.#isAwaited(peer, entry)) void this.#handshake(peer, entry);
    });
  }

  disconnected(peer: PeerId): void {
    this.#entries.get(peer)?.deadline?.cancel();
    this.#entries.delete(peer);
  }

  connections(): readonly Connection[] {
    return [...this.#entries.values()].map(({ connection }) => connection);
  }

  isReady(peer: PeerId): boolean {
    return this.#entries.get(peer)?.hello !== undefined;
  }

  /** [SYNC-28] */
  servesHistory(peer: PeerId): boolean {
    const hello = this.#entries.get(peer)?.hello;
    if (hello === undefined) return false;
    const { chain } = this.#options;
    return chain.has(hello.oldest.hash) || hello.oldest.number <= chain.oldest().number;
  }

  /**
   * Resolves after a new hello. Ignores its tips: otherwise, the node would request invented tips at once.
   * @param claimedMs when the peer claimed the data; false if it has pruned since [SYNC-28]
   */
  async confirmServesHistory(peer: PeerId, claimedMs: number): Promise<boolean> {
    const entry = this.#entries.get(peer);
    if (entry === undefined) return false;
    let confirmation = this.#confirmations.get(peer);
    if (confirmation === undefined) {
      confirmation = this.#confirm(peer, entry).finally(() => this.#confirmations.delete(peer));
      this.#confirmations.set(peer, confirmation);
    }
    if (!(await confirmation) || !this.servesHistory(peer)) return false;
    return this.#entries.get(peer)!.prunedMs <= claimedMs;
  }

  async #confirm(peer: PeerId, entry: Entry): Promise<boolean> {
    const { clock } = this.#ports;
    const waitMs = entry.confirmedMs + HELLO_LIMITS.confirmMs - clock.nowMs();
    if (waitMs > 0) await this.#wait(waitMs);
    if (this.#entries.get(peer) !== entry) return false;
    entry.confirmedMs = clock.nowMs();
    entry.deadline ??= this.#awaitHello(peer);
    while (this.#isAwaited(peer, entry)) {
      const hello = await this.#options.requests.hello(peer, createHello(this.#options));
      if (hello !== undefined) this.#note(peer, hello);
      if (this.#isAwaited(peer, entry)) await this.#wait(HELLO_LIMITS.againMs);
    }
    return this.#entries.get(peer) === entry;
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.scheduler.after(delayMs, resolve);
    });
  }

  get(peer: PeerId): ReadyPeer | undefined {
    const entry = this.#entries.get(peer);
    if (entry?.hello === undefined) return undefined;
    return { id: peer, connection: entry.connection, hello: entry.hello };
  }

  ready(): readonly ReadyPeer[] {
    return [...this.#entries.keys()]
      .map((peer) => this.get(peer))
      .filter((peer) => peer !== undefined)
      .filter(({ id }) => this.#options.guard.isTrusted(id))
      .sort((a, b) => compareWork(b.hello.sink.blueWork, a.hello.sink.blueWork));
  }

  shuffledPeers(): readonly PeerId[] {
    return shuffled(
      this.#ports.random,
      this.ready().map(({ id }) => id),
    );
  }

  exchange(peer: PeerId): Promise<ReadyPeer | undefined> {
    const underway = this.#exchanges.get(peer);
    if (underway !== undefined) return underway;
    const exchange = this.#exchange(peer).finally(() => this.#exchanges.delete(peer));
    this.#exchanges.set(peer, exchange);
    return exchange;
  }

  async #exchange(peer: PeerId): Promise<ReadyPeer | undefined> {
    const hello = await this.#options.requests.hello(peer, createHello(this.#options));
    return hello && this.#receive(peer, hello);
  }

  answer(peer: PeerId, hello: Hello): Hello {
    this.#receive(peer, hello);
    return createHello(this.#options);
  }

  #receive(peer: PeerId, hello: Hello): ReadyPeer | undefined {
    const ready = this.#note(peer, hello);
    if (ready !== undefined) this.#options.peerReady(ready);
    return ready;
  }

  /**
   * Keeps the highest `oldest`: pruned history does not return. An overtaken hello's tips may be pruned. [SYNC-2]
   * [SYNC-28]
   */
  #note(peer: PeerId, hello: Hello): ReadyPeer | undefined {
    const entry = this.#entries.get(peer);
    if (entry === undefined) return undefined;
    const difference = this.#differenceOf(hello);
    if (difference !== undefined) {
      this.#options.guard.report(peer, "otherNetwork", difference);
      this.#options.transport.disconnect(peer, `another ${difference.difference}`);
      return undefined;
    }
    entry.deadline?.cancel();
    entry.deadline = undefined;
    const before = entry.hello?.oldest;
    const isOvertaken = before !== undefined && before.number > hello.oldest.number;
    if (before !== undefined && before.number < hello.oldest.number)
      entry.prunedMs = this.#ports.clock.nowMs();
    entry.hello = isOvertaken ? { ...hello, oldest: before, tips: [] } : hello;
    return { id: peer, connection: entry.connection, hello: entry.hello };
  }

  #differenceOf({ chainId, genesis, forks, shard, sink }: Hello) {
    const { view } = this.#options;
    const number = Math.max(view.head().header.number, sink.number);
    const pairs = [
      { difference: "chain", ours: `${view.parameters.chainId}`, theirs: `${chainId}` },
      { difference: "genesis", ours: view.genesisHash, theirs: genesis },
      {
        difference: "fork table",
        ours: forksUntil(number, view.parameters.forks),
        theirs: forksUntil(number, forks),
      },
      { difference: "shard", ours: `${this.#options.shard}`, theirs: `${shard}` },
    ];
    return pairs.find(({ ours, theirs }) => ours !== theirs);
  }

  #schedule(): void {
    const delayMs = jittered(this.#ports.random, HELLO_LIMITS.intervalMs);
    this.#round = this.#ports.scheduler.after(delayMs, () => {
      this.#announce();
      this.#schedule();
    });
  }

  #hasMovedMuch(number: number): boolean {
    if (Math.abs(number - this.#announcedNumber) < HELLO_LIMITS.sinkMovedMax) return false;
    return this.#ports.clock.nowMs() - this.#announcedMs >= HELLO_LIMITS.movedMsMin;
  }

  /** One random peer suffices: tips spread from there. */
  #announce(): void {
    this.#announcedNumber = this.#options.view.head().header.number;
    this.#announcedMs = this.#ports.clock.nowMs();
    const peer = randomOf(this.#ports.random, this.ready());
    if (peer !== undefined) void this.exchange(peer.id);
  }
}

export function tipsOf({ hello }: ReadyPeer): Hash[] {
  return [...new Set([hello.sink.hash, ...hello.tips])];
}

/** Later forks may differ: releases that bring a fork spread before it starts. */
function forksUntil(number: number, forks: Hello["forks"]): string {
  return forks
    .filter((fork) => fork.number <= number)
    .map((fork) => `${fork.name} from ${fork.number}`)
    .join(", ");
}

function compareWork(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
