import type { Timer } from "@trellis/base";
import { isDialAddress, peerOfAddress } from "../peers/index.ts";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import type { Relay } from "../relay/Relay.ts";
import type { PeerRequests } from "../requests/PeerRequests.ts";
import { type Server, serve } from "../requests/serve.ts";
import type { Connection, GossipVerdict, PeerId } from "../transport/Transport.ts";
import { COUNT_LIMITS, type FollowedShards, type Wire } from "../wire/index.ts";
import { SHARD_LIMITS } from "./limits.ts";
import type { ShardAddresses } from "./ShardAddresses.ts";

interface ShardRelayOptions {
  readonly wire: Wire;
  readonly requests: Pick<PeerRequests, "shards">;
  readonly guard: PeerGuard;
  readonly addresses: ShardAddresses;
  readonly peers: () => readonly Connection[];
  /** Undefined: this node should not dial an address that the peer names. [LINK-10] */
  readonly accept: (address: string, connection: Connection) => string | undefined;
}

interface Asked {
  notBeforeMs: number;
  pauseMs: number;
  followed: ReadonlyMap<number, readonly string[]> | undefined;
}

const { tickMs, againMs, againMsMax } = SHARD_LIMITS;

/** In shard 0, nodes find each other's networks of other shards. [NET-32] */
export class ShardRelay implements Relay {
  readonly servers: readonly Server[];
  readonly topics = [];
  readonly #options: ShardRelayOptions;
  readonly #ports: Pick<NetworkPorts, "clock" | "scheduler">;
  readonly #asked = new Map<PeerId, Asked>();
  /** By shard. */
  readonly #found = new Map<number, string>();
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: ShardRelayOptions, ports: Pick<NetworkPorts, "clock" | "scheduler">) {
    this.#options = options;
    this.#ports = ports;
    const { guard, wire } = options;
    this.servers = [serve(guard, wire.protocols.shards, () => this.#own())];
  }

  /** Asks each peer that is due, now and every second. */
  start(): void {
    for (const connection of this.#options.peers()) void this.#ask(connection);
    this.#timer = this.#ports.scheduler.after(tickMs, () => this.start());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async judge(): Promise<GossipVerdict> {
    return "ignore";
  }

  disconnected(peer: PeerId): void {
    if (this.#asked.delete(peer) && !this.#isStopped) this.#report();
  }

  /** Undefined: the peer has not answered yet. */
  follows(peer: PeerId, shard: number): boolean | undefined {
    return shard === 0 || this.#asked.get(peer)?.followed?.has(shard);
  }

  #own(): FollowedShards {
    const shards = [...this.#options.addresses.own()]
      .sort(([a], [b]) => a - b)
      .map(([shard, addresses]) => ({
        shard,
        addresses: addresses.filter(isDialAddress).slice(0, COUNT_LIMITS.addresses),
      }));
    return { shards };
  }

  async #ask(connection: Connection): Promise<void> {
    const { peer } = connection;
    const nowMs = this.#ports.clock.nowMs();
    const asked = this.#asked.get(peer) ?? { notBeforeMs: 0, pauseMs: againMs, followed: undefined };
    if (nowMs < asked.notBeforeMs) return;
    this.#asked.set(peer, asked);
    asked.notBeforeMs = nowMs + asked.pauseMs;
    asked.pauseMs = Math.min(2 * asked.pauseMs, againMsMax);
    const answer = await this.#options.requests.shards(peer);
    if (answer === undefined || this.#isStopped || this.#asked.get(peer) !== asked) return;
    asked.followed = new Map(
      answer.shards.map(({ shard, addresses }) => [shard, this.#usable(addresses, connection)]),
    );
    // The peer starts: its networks will listen within seconds.
    if (answer.shards.some(({ addresses }) => addresses.length === 0)) asked.pauseMs = againMs;
    this.#report();
  }

  /** A node has one id in a network, so a liar names one false peer. */
  #usable(addresses: readonly string[], connection: Connection): readonly string[] {
    const accepted = addresses
      .map((address) => this.#options.accept(address, connection))
      .filter((address) => address !== undefined);
    const [id] = accepted.map(peerOfAddress);
    return id === undefined ? [] : accepted.filter((address) => peerOfAddress(address) === id);
  }

  #report(): void {
    const { addresses } = this.#options;
    for (const shard of addresses.own().keys()) {
      const named = [...this.#asked.values()].flatMap(({ followed }) => followed?.get(shard) ?? []);
      const found = [...new Set(named)].sort();
      const text = found.join(" ");
      if (text === (this.#found.get(shard) ?? "")) continue;
      this.#found.set(shard, text);
      addresses.found(shard, found);
    }
  }
}
