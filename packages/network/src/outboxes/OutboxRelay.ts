import { isTrellisError, LruMap } from "@trellis/base";
import type { OutboxExchange, OutboxRequest } from "@trellis/protocol";
import { networkErrors } from "../errors.ts";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { shuffled } from "../ports/randomNumber.ts";
import type { Relay } from "../relay/Relay.ts";
import type { PeerRequests } from "../requests/PeerRequests.ts";
import { type Server, serve } from "../requests/serve.ts";
import type { GossipVerdict, PeerId } from "../transport/Transport.ts";
import type { Wire } from "../wire/index.ts";
import { OUTBOX_LIMITS } from "./limits.ts";

interface OutboxRelayOptions {
  readonly wire: Wire;
  readonly requests: Pick<PeerRequests, "outbox">;
  readonly guard: PeerGuard;
  readonly exchange: OutboxExchange;
  readonly peers: () => readonly PeerId[];
  /** Undefined: unknown. [NET-32] */
  readonly follows: (peer: PeerId, shard: number) => boolean | undefined;
}

const { requestsMax, askedPeersMax, retryMs, lackMs, rememberedMax, answersMax } = OUTBOX_LIMITS;

/** Messages between shards, for blocks of nodes that do not follow the source. [SHARD-21] */
export class OutboxRelay implements Relay {
  readonly servers: readonly Server[];
  readonly topics = [];
  readonly #options: OutboxRelayOptions;
  readonly #ports: Pick<NetworkPorts, "clock" | "random" | "log">;
  /** Pairs of shards. */
  readonly #requested = new Set<string>();
  /** Times after which the request or the peer is tried again. */
  readonly #failed = new LruMap<string, number>(rememberedMax);
  readonly #lacking = new LruMap<string, number>(rememberedMax);
  readonly #sources = new LruMap<string, true>(rememberedMax);
  #answering = 0;
  #isStopped = false;

  constructor(options: OutboxRelayOptions, ports: Pick<NetworkPorts, "clock" | "random" | "log">) {
    this.#options = options;
    this.#ports = ports;
    const { guard, wire } = options;
    this.servers = [serve(guard, wire.protocols.outbox, (peer, request) => this.#answer(peer, request))];
  }

  stop(): void {
    this.#isStopped = true;
  }

  async judge(): Promise<GossipVerdict> {
    return "ignore";
  }

  /** In the background. Callers repeat it while they lack the messages. [SHARD-21.2] */
  request(request: OutboxRequest): void {
    const { source, destination } = request;
    const pair = `${source}/${destination}`;
    const key = keyOf(request);
    if (this.#isStopped || this.#requested.has(pair) || this.#requested.size === requestsMax) return;
    if (isUntil(this.#failed, key, this.#nowMs)) return;
    this.#requested.add(pair);
    this.#fetch(request)
      .then((isTaken) => {
        if (!isTaken) this.#failed.set(key, this.#nowMs + retryMs);
      })
      .catch((error: Error) => this.#ports.log.error("outbox.failed", { source, destination, error }))
      .finally(() => this.#requested.delete(pair));
  }

  /** [SHARD-21.1] @throws PEER_OVER_LIMIT */
  async #answer(peer: PeerId, request: OutboxRequest) {
    if (this.#answering === answersMax)
      throw networkErrors.PEER_OVER_LIMIT({ peer, protocol: "outbox", answersMax });
    this.#answering++;
    try {
      return { range: await this.#options.exchange.rangeOf(request) };
    } finally {
      this.#answering--;
    }
  }

  async #fetch(request: OutboxRequest): Promise<boolean> {
    const { source } = request;
    for (const peer of this.#candidates(source).slice(0, askedPeersMax)) {
      const isTaken = await this.#ask(peer, request);
      if (this.#isStopped || isTaken) return true;
      this.#lacking.set(`${peer}/${source}`, this.#nowMs + lackMs);
      this.#sources.delete(`${peer}/${source}`);
    }
    return false;
  }

  /** Peers that have sent the source's messages come first, then those that follow it. */
  #candidates(source: number): PeerId[] {
    const { peers, guard, follows } = this.#options;
    const rankOf = (peer: PeerId): number => {
      if (this.#sources.has(`${peer}/${source}`)) return 0;
      return follows(peer, source) === true ? 1 : 2;
    };
    return shuffled(this.#ports.random, peers())
      .filter(
        (peer) =>
          guard.isTrusted(peer) &&
          follows(peer, source) !== false &&
          !isUntil(this.#lacking, `${peer}/${source}`, this.#nowMs),
      )
      .sort((a, b) => rankOf(a) - rankOf(b));
  }

  /** Reports a wrong answer. [SHARD-21.3] @returns whether the messages have arrived */
  async #ask(peer: PeerId, request: OutboxRequest): Promise<boolean> {
    const { requests, exchange, guard } = this.#options;
    const range = await requests.outbox(peer, request);
    if (range === undefined || this.#isStopped) return false;
    try {
      if (!(await exchange.take(request, range))) return false;
    } catch (error) {
      if (!isTrellisError(error) || error.consequence !== "penalise") throw error;
      guard.report(peer, "falseAnswer", { request: "outbox", code: error.code });
      return false;
    }
    guard.credit(peer);
    this.#sources.set(`${peer}/${request.source}`, true);
    return true;
  }

  get #nowMs(): number {
    return this.#ports.clock.nowMs();
  }
}

function keyOf({ source, destination, block, first }: OutboxRequest): string {
  return `${source}/${destination}/${block}/${first}`;
}

function isUntil(times: LruMap<string, number>, key: string, nowMs: number): boolean {
  const untilMs = times.get(key);
  return untilMs !== undefined && nowMs < untilMs;
}
