import { isTrellisError } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type {
  Connection,
  GossipReach,
  GossipVerdict,
  PeerId,
  RequestOptions,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from "@trellis/network";
import type { ByzantineBehaviour } from "../byzantine/ByzantineBehaviour.ts";
import { simulatorErrors } from "../errors.ts";
import type { NodeTime } from "../world/NodeTime.ts";
import type { Internet } from "./Internet.ts";

/** Mesh sizes of gossipsub: wanted, fewest and most. */
const MESH_DEGREE = 6;
const MESH_DEGREE_MIN = 4;
const MESH_DEGREE_MAX = 12;
const DIAL_TIMEOUT_MS = 4_000;
/** Time for unfinished answers at shutdown, as in the libp2p transport. */
const LEAVE_MS = 500;
/** A link closes this long after its last message. */
const INSTANT_MS = 0.001;
/** Time until peers notice a dead machine. */
const KEEPALIVE_MS = 6_000;

interface Link {
  readonly id: number;
  /** Transport at connection time. A restart creates another. */
  readonly other: SimTransport;
  readonly connection: Connection;
  readonly pending: Set<(reason: string) => void>;
  readonly owed: Set<Promise<void>>;
  arrivesMs: number;
}

interface Topic {
  readonly id: string;
  readonly bytesMax: number;
}

interface Message {
  readonly id: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

export function peerIdOf(node: number): PeerId {
  return `sim-peer-${node}`;
}

function ipOf(node: number): string {
  return `10.${node >> 8}.${node & 0xff}.1`;
}

function nodeAt(address: string): number {
  const [, high, low] = /^\/ip4\/10\.(\d+)\.(\d+)\.1\/tcp\/1$/.exec(address) ?? [];
  return Number(high) * 256 + Number(low);
}

export function addressOf(node: number): string {
  return `/ip4/${ipOf(node)}/tcp/1`;
}

export type SimInternet = Internet<SimTransport>;

export class SimTransport implements Transport {
  readonly self: PeerId;
  readonly node: number;
  readonly time: NodeTime;
  readonly #internet: SimInternet;
  readonly #behaviour: ByzantineBehaviour | undefined;
  readonly #links = new Map<PeerId, Link>();
  readonly #mesh = new Set<PeerId>();
  readonly #seen = new Set<string>();
  #handlers: TransportHandlers | undefined;
  #protocols: ReadonlyMap<string, TransportProtocol> = new Map();
  #topics: ReadonlyMap<string, Topic> = new Map();

  constructor(internet: SimInternet, node: number, time: NodeTime, behaviour?: ByzantineBehaviour) {
    this.#behaviour = behaviour;
    this.#internet = internet;
    this.node = node;
    this.self = peerIdOf(node);
    this.time = time;
  }

  get ip(): string {
    return ipOf(this.node);
  }

  get protocols(): readonly string[] {
    return [...this.#protocols.keys()];
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  get peers(): readonly PeerId[] {
    return [...this.#links.keys()];
  }

  addresses(): readonly string[] {
    return [addressOf(this.node)];
  }

  async start(
    handlers: TransportHandlers,
    protocols: readonly TransportProtocol[],
    topics: readonly Topic[],
  ): Promise<void> {
    this.#handlers = handlers;
    this.#protocols = new Map(protocols.map((protocol) => [protocol.id, protocol]));
    this.#topics = new Map(topics.map((topic) => [topic.id, topic]));
    this.#internet.attach(this);
  }

  async stop(): Promise<void> {
    for (const [peer, link] of this.#links) this.#close(peer, link, "stopping");
    this.#internet.detach(this);
    this.#handlers = undefined;
  }

  /** Only a keepalive notices a power loss; a kill resets connections. */
  die(isPowerLoss: boolean): void {
    this.#internet.detach(this);
    this.#handlers = undefined;
    for (const [peer, { id, pending }] of this.#links) {
      // Answers must not reach the node after its restart.
      pending.clear();
      const noticedMs = isPowerLoss ? KEEPALIVE_MS : this.#travelMs(peer, 0);
      this.#later(peer, noticedMs, "reset", (other) => other.#drop(this.self, id, "reset"));
    }
    this.#links.clear();
    this.#mesh.clear();
  }

  discover(node: number): void {
    this.#handlers?.discovered(peerIdOf(node), [addressOf(node)]);
  }

  reset(peer: PeerId): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    const other = this.#internet.transportOf(peer);
    if (other !== undefined) other.#drop(this.self, link.id, "reset");
    this.#drop(peer, link.id, "reset");
  }

  async dial(address: string): Promise<PeerId> {
    const node = nodeAt(address);
    const peer = peerIdOf(node);
    if (peer === this.self)
      throw simulatorErrors.SIMULATED_PEER_UNREACHABLE({ address, reason: "own address" });
    if (this.#links.has(peer)) return peer;
    await this.time.wait(2 * this.#travelMs(peer, 200), "dial");
    const other = this.#internet.transportOf(peer);
    if (other === undefined || this.#isCut(peer)) {
      await this.time.wait(DIAL_TIMEOUT_MS, "dial fails");
      throw simulatorErrors.SIMULATED_PEER_UNREACHABLE({ address, reason: "dial timed out" });
    }
    const id = other.#linkWith(this)?.id ?? other.#takeIn(this);
    await this.time.wait(this.#travelMs(peer, 200), "dialled");
    if (id === undefined) throw simulatorErrors.SIMULATED_PEER_UNREACHABLE({ address, reason: "refused" });
    return this.#takeUp(other, id, address);
  }

  disconnect(peer: PeerId, reason: string): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    this.#internet.world.note(this.node, "disconnects", `${peer}: ${reason}`);
    if (link.owed.size === 0) {
      this.#close(peer, link, reason);
      return;
    }
    const answered = Promise.allSettled(link.owed);
    void Promise.race([answered, this.time.wait(LEAVE_MS, "leaves")]).then(() => {
      if (this.#links.get(peer) === link) this.#close(peer, link, reason);
    });
  }

  #close(peer: PeerId, link: Link, reason: string): void {
    const delayMs = Math.max(
      this.#travelMs(peer, 50),
      link.arrivesMs - this.#internet.world.nowMs + INSTANT_MS,
    );
    this.#later(peer, delayMs, "closed", (other) => other.#drop(this.self, link.id, "closed"));
    this.#drop(peer, link.id, reason);
  }

  request(
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    { timeoutMs, answerBytesMax }: RequestOptions,
  ): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const link = this.#links.get(peer);
    if (link === undefined)
      throw simulatorErrors.SIMULATED_PEER_UNREACHABLE({ peer, protocol, reason: "not connected" });
    const fail = (reason: string): void => {
      if (!link.pending.delete(fail)) return;
      timeout.cancel();
      reject(simulatorErrors.SIMULATED_PEER_UNREACHABLE({ peer, protocol, reason }));
    };
    const timeout = this.time.schedule(timeoutMs, "request times out", () => {
      link.pending.delete(fail);
      reject(
        simulatorErrors.SIMULATED_PEER_UNREACHABLE({
          peer,
          protocol,
          reason: `no answer in ${timeoutMs} ms`,
        }),
      );
    });
    link.pending.add(fail);
    const succeed = (answer: Uint8Array): void => {
      if (!link.pending.delete(fail)) return;
      timeout.cancel();
      if (answer.length <= answerBytesMax) resolve(answer);
      else
        reject(
          simulatorErrors.SIMULATED_ANSWER_TOO_LONG({ peer, protocol, bytes: answer.length, answerBytesMax }),
        );
    };
    this.#send(peer, link, request.length, `request ${protocol}`, (other) => {
      other.#serve(this, link.id, protocol, request, succeed, fail);
    });
    return promise;
  }

  publish(topic: string, bytes: Uint8Array, to: GossipReach = "peers"): void {
    if (this.#behaviour?.holds(topic, bytes) === true) return;
    const message = { id: keccak256Hex(bytes), topic, bytes };
    this.#seen.add(message.id);
    for (const [peer, link] of this.#links)
      if (to === "peers" || this.#mesh.has(peer)) this.#pass(peer, link, message);
  }

  whisper(peer: PeerId, topic: string, bytes: Uint8Array): void {
    const link = this.#links.get(peer);
    if (link !== undefined) this.#pass(peer, link, { id: keccak256Hex(bytes), topic, bytes });
  }

  /** Drops a link to an earlier transport of the other node. */
  #linkWith(other: SimTransport): Link | undefined {
    const link = this.#links.get(other.self);
    if (link === undefined || link.other === other) return link;
    this.#drop(other.self, link.id, "reset");
    return undefined;
  }

  #takeIn(from: SimTransport): number | undefined {
    const candidate = { ip: from.ip, direction: "inbound" as const };
    const reason =
      this.#handlers === undefined
        ? "not started"
        : (this.#handlers.refusal(candidate) ?? this.#handlers.refusal({ ...candidate, peer: from.self }));
    this.#internet.world.note(this.node, reason === undefined ? "takes in" : "refuses", from.self);
    if (reason !== undefined) return undefined;
    const id = this.#internet.nextLinkId();
    this.#open(from, id, "inbound", addressOf(from.node));
    return id;
  }

  #takeUp(other: SimTransport, id: number, address: string): PeerId {
    const { self: peer, ip } = other;
    if (this.#links.get(peer)?.id === id) return peer;
    if (other.#links.get(this.self)?.id !== id)
      throw simulatorErrors.SIMULATED_PEER_UNREACHABLE({ address, reason: "connection reset" });
    if (
      this.#handlers?.refusal({ ip, direction: "outbound", peer }) !== undefined ||
      this.#handlers === undefined
    ) {
      this.#later(peer, this.#travelMs(peer, 50), "closed", () => other.#drop(this.self, id, "closed"));
      throw simulatorErrors.SIMULATED_PEER_UNREACHABLE({ address, reason: "refused" });
    }
    this.#open(other, id, "outbound", address);
    this.#graft(other);
    return peer;
  }

  #open(other: SimTransport, id: number, direction: Connection["direction"], address: string): void {
    const connection: Connection = { peer: other.self, ip: other.ip, address, direction };
    this.#links.set(other.self, { id, other, connection, pending: new Set(), owed: new Set(), arrivesMs: 0 });
    this.#handlers?.connected(connection);
  }

  /** Both ends agree, as in gossipsub. */
  #graft(other: SimTransport): void {
    const sizes = [this.#mesh.size, other.#mesh.size] as const;
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    if (most >= MESH_DEGREE && (least >= MESH_DEGREE_MIN || most >= MESH_DEGREE_MAX)) return;
    this.#mesh.add(other.self);
    other.#mesh.add(this.self);
  }

  #drop(peer: PeerId, id: number, reason: string): void {
    const link = this.#links.get(peer);
    if (link?.id !== id) return;
    this.#links.delete(peer);
    this.#mesh.delete(peer);
    for (const { id: linkId, other } of this.#links.values()) {
      if (this.#mesh.size >= MESH_DEGREE_MIN) break;
      if (other.#links.get(this.self)?.id === linkId) this.#graft(other);
    }
    for (const fail of [...link.pending]) fail(reason);
    this.#handlers?.disconnected(peer);
  }

  #serve(
    from: SimTransport,
    linkId: number,
    protocol: string,
    request: Uint8Array,
    succeed: (answer: Uint8Array) => void,
    fail: (reason: string) => void,
  ): void {
    const link = this.#links.get(from.self);
    if (link?.id !== linkId) {
      this.#refuseLink(from.self, linkId);
      return;
    }
    const reply = (bytes: number, label: string, then: () => void): void =>
      this.#send(from.self, link, bytes, label, then);
    const known = this.#protocols.get(protocol);
    if (this.#internet.isDeaf && /blocks|bodies/.test(protocol)) return;
    if (known === undefined || request.length > known.requestBytesMax || this.#handlers === undefined) {
      reply(20, "stream ends", () => fail("refused"));
      return;
    }
    if (this.#internet.rng.chance(this.#internet.conditions.lossShare)) {
      reply(20, "stream breaks", () => fail("reset"));
      return;
    }
    // The answering node may disconnect first.
    const { promise: given, resolve: give } = Promise.withResolvers<void>();
    link.owed.add(given);
    const honest = this.#handlers.answer(from.self, protocol, request);
    const behaviour = this.#behaviour;
    const answered =
      behaviour === undefined ? honest : honest.then((answer) => behaviour.answer(protocol, request, answer));
    const replied = answered.then(
      (answer) => {
        this.#internet.world.digest.bytes(answer);
        reply(answer.length, `answer ${protocol}`, () => succeed(answer));
      },
      (error: unknown) => {
        this.#defect(`answer ${protocol}`, error);
        reply(20, "stream ends", () => fail("not answered"));
      },
    );
    void replied.finally(() => {
      link.owed.delete(given);
      give();
    });
  }

  /** Like TCP, resets an unknown connection. */
  #refuseLink(peer: PeerId, linkId: number): void {
    this.#later(peer, this.#travelMs(peer, 0), "reset", (other) => other.#drop(this.self, linkId, "reset"));
  }

  #pass(peer: PeerId, link: Link, message: Message): void {
    const { rng, conditions } = this.#internet;
    const deliver = (): void =>
      this.#send(peer, link, message.bytes.length, message.topic, (other) =>
        other.#hear(message, this.self, link.id),
      );
    if (!rng.chance(conditions.lossShare)) deliver();
    if (rng.chance(conditions.duplicateShare)) {
      this.#internet.world.schedule(rng.between(10, 2_000), this.node, "duplicate", () => {
        if (this.#links.get(peer) !== link) return;
        this.#send(peer, link, message.bytes.length, message.topic, (other) =>
          other.#judge(message, this.self),
        );
      });
    }
  }

  #hear(message: Message, from: PeerId, linkId: number): void {
    if (this.#links.get(from)?.id !== linkId) {
      this.#refuseLink(from, linkId);
      return;
    }
    if (this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    const topic = this.#topics.get(message.topic);
    if (topic === undefined || message.bytes.length > topic.bytesMax) return;
    this.#judge(message, from);
  }

  #judge(message: Message, from: PeerId): void {
    if (this.#handlers === undefined) return;
    this.#internet.world.digest.bytes(message.bytes);
    this.#handlers.judge(message.topic, message.bytes, from).then(
      (verdict: GossipVerdict) => {
        if (this.time.isOver) return;
        this.#internet.world.note(this.node, `judges ${verdict}`, message.id.slice(0, 10));
        if (verdict === "accept") this.#passOn(message, from);
      },
      (error: unknown) => this.#defect(`judge ${message.topic}`, error),
    );
  }

  #defect(where: string, error: unknown): void {
    this.#internet.world.note(this.node, `${where} failed`, String(error));
    if (!isTrellisError(error)) this.#internet.onDefect(this.node, where, error);
  }

  #passOn(message: Message, from: PeerId): void {
    for (const [peer, link] of this.#links)
      if (peer !== from && this.#mesh.has(peer)) this.#pass(peer, link, message);
  }

  #send(peer: PeerId, link: Link, bytes: number, label: string, arrive: (other: SimTransport) => void): void {
    const { world, conditions } = this.#internet;
    this.#internet.count(label, bytes);
    let delayMs = this.#travelMs(peer, bytes);
    if (conditions.reorderMs === 0) delayMs = Math.max(delayMs, link.arrivesMs - world.nowMs);
    link.arrivesMs = world.nowMs + delayMs;
    this.#later(peer, delayMs, label, arrive);
  }

  #later(peer: PeerId, delayMs: number, label: string, arrive: (other: SimTransport) => void): void {
    const other = this.#internet.transportOf(peer);
    if (other === undefined || this.#isCut(peer)) return;
    const run = (): void => {
      if (!other.time.isOver && !this.#isCut(peer)) arrive(other);
    };
    this.#internet.world.schedule(delayMs, other.node, label, () => {
      const queueMs = this.#internet.queueMs(other.node);
      if (queueMs === 0) run();
      else this.#internet.world.schedule(queueMs, other.node, `${label}, late`, run);
    });
  }

  #travelMs(peer: PeerId, bytes: number): number {
    return this.#internet.travelMs(this.node, nodeOf(peer), bytes);
  }

  #isCut(peer: PeerId): boolean {
    return this.#internet.isCut(this.node, nodeOf(peer));
  }
}

export function nodeOf(peer: PeerId): number {
  return Number(peer.slice("sim-peer-".length));
}
