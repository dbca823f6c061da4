import type { Connection, PeerId } from "../transport/Transport.ts";
import { type IpPlace, placeOf } from "./ip.ts";
import { type ConnectionLimits, checkConnectionLimits } from "./limits.ts";

interface HeldConnection {
  readonly connection: Connection;
  readonly place: IpPlace;
  readonly sinceMs: number;
}

export type PlaceRefusal = "outbound full" | "inbound full" | "host full" | "subnet full";

type PlaceVerdict =
  | { readonly kind: "admit" }
  | { readonly kind: "evict"; readonly victim: PeerId }
  | { readonly kind: "refuse"; readonly reason: PlaceRefusal };

type Candidate = Omit<Connection, "peer" | "address"> & { readonly peer?: PeerId };

/** [PEER-10] */
export class ConnectionTable {
  #limits: ConnectionLimits;
  readonly #scoreOf: (peer: PeerId) => number;
  readonly #held = new Map<PeerId, HeldConnection>();
  readonly #statics = new Set<PeerId>();

  /** @throws ARGUMENT_INVALID */
  constructor(limits: ConnectionLimits, scoreOf: (peer: PeerId) => number) {
    checkConnectionLimits(limits);
    this.#limits = limits;
    this.#scoreOf = scoreOf;
  }

  /** @throws ARGUMENT_INVALID */
  changeLimits(change: Partial<ConnectionLimits>): void {
    const limits = { ...this.#limits, ...change };
    checkConnectionLimits(limits);
    this.#limits = limits;
  }

  get(peer: PeerId): HeldConnection | undefined {
    return this.#held.get(peer);
  }

  get count(): number {
    return this.#held.size;
  }

  all(): HeldConnection[] {
    return [...this.#held.values()];
  }

  isStatic(peer: PeerId): boolean {
    return this.#statics.has(peer);
  }

  setStatic(peer: PeerId, isStatic: boolean): void {
    if (isStatic) this.#statics.add(peer);
    else this.#statics.delete(peer);
  }

  add(connection: Connection, nowMs: number): void {
    const { peer, ip } = connection;
    const sinceMs = this.#held.get(peer)?.sinceMs ?? nowMs;
    this.#held.set(peer, { connection, place: placeOf(ip), sinceMs });
  }

  delete(peer: PeerId): boolean {
    return this.#held.delete(peer);
  }

  placeFor({ direction, ip, peer }: Candidate): PlaceVerdict {
    if (peer !== undefined && this.isStatic(peer)) return { kind: "admit" };
    const others = this.all().filter(
      ({ connection }) => connection.peer !== peer && !this.isStatic(connection.peer),
    );
    const alike = others.filter(({ connection }) => connection.direction === direction);
    const reason = this.#fullPlace(alike, placeOf(ip), direction);
    if (reason !== undefined) return refuse(reason);
    return direction === "outbound" ? { kind: "admit" } : this.#placeForInbound(alike, peer);
  }

  #fullPlace(
    alike: HeldConnection[],
    place: IpPlace,
    direction: Connection["direction"],
  ): PlaceRefusal | undefined {
    const limits = this.#limits;
    const isInbound = direction === "inbound";
    if (!isInbound && alike.length >= limits.outboundMax) return "outbound full";
    if (place.isLoopback && limits.isLoopbackExempt) return undefined;
    const countOf = (name: "host" | "subnet") =>
      alike.filter((held) => held.place[name] === place[name]).length;
    if (isInbound && countOf("host") >= limits.inboundPerHostMax) return "host full";
    const perSubnetMax = isInbound ? limits.inboundPerSubnetMax : limits.outboundPerSubnetMax;
    return countOf("subnet") >= perSubnetMax ? "subnet full" : undefined;
  }

  #placeForInbound(inbound: HeldConnection[], peer: PeerId | undefined): PlaceVerdict {
    const { inboundMax } = this.#limits;
    if (inbound.length < inboundMax) return { kind: "admit" };
    const victim = this.#victimOf(inbound, peer === undefined ? 0 : this.#scoreOf(peer));
    return victim === undefined ? refuse("inbound full") : { kind: "evict", victim };
  }

  /**
   * Chooses the newest of the peers with the lowest score, so that an attacker's connections evict each other
   * first. [PEER-14]
   */
  #victimOf(inbound: HeldConnection[], newcomerScore: number): PeerId | undefined {
    const { protectedOldest } = this.#limits;
    const byAge = [...inbound].sort((a, b) => a.sinceMs - b.sinceMs);
    const scored = byAge.map(({ connection: { peer } }) => ({ peer, score: this.#scoreOf(peer) }));
    const isOld = new Set(scored.filter(({ score }) => score >= 0).slice(0, protectedOldest));
    const victims = scored.filter((candidate) => !isOld.has(candidate) && candidate.score < USEFUL_SCORE);
    const worst = victims.reduce<(typeof scored)[number] | undefined>(
      (found, candidate) => (found === undefined || candidate.score <= found.score ? candidate : found),
      undefined,
    );
    return worst === undefined || newcomerScore < Math.min(0, worst.score) ? undefined : worst.peer;
  }
}

/** Score of a peer that sent new data within ten minutes. */
const USEFUL_SCORE = 0.5;

function refuse(reason: PlaceRefusal): PlaceVerdict {
  return { kind: "refuse", reason };
}
