import {
  baseErrors,
  type Clock,
  type Facts,
  type Log,
  LruMap,
  type Metrics,
  type Random,
} from "@trellis/base";
import type { BanView, PeerView } from "@trellis/protocol";
import { networkErrors } from "../errors.ts";
import type { Connection, PeerId, TransportHandlers } from "../transport/Transport.ts";
import { AttemptGate } from "./AttemptGate.ts";
import { BanList, type BanRecord, FOREVER_MS } from "./BanList.ts";
import type { BookContents } from "./book/bookCodec.ts";
import { type DialCandidate, PeerBook } from "./book/PeerBook.ts";
import type { BucketRates } from "./bucketRates.ts";
import { ConnectionTable } from "./ConnectionTable.ts";
import { hostOf, placeOf } from "./ip.ts";
import { BAN_LIMITS, BOOK_LIMITS, type ConnectionLimits, STATE_LIMITS } from "./limits.ts";
import { measurePeers, type PeerMeters, type Refusal } from "./measurePeers.ts";
import { SCORES } from "./offences.ts";
import type { Offence, PeerGuard } from "./PeerGuard.ts";
import { PeerState } from "./PeerState.ts";

interface PeerManagerOptions {
  readonly limits: ConnectionLimits;
  readonly rates: BucketRates;
  readonly disconnect: (peer: PeerId, reason: string) => void;
  readonly hasPaused: () => boolean;
  readonly isPeerId?: (text: string) => boolean;
  readonly urgent: () => void;
}

export interface PeerManagerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** [PEER-1] – [PEER-17] */
export class PeerManager implements PeerGuard {
  readonly book: PeerBook;
  readonly #options: PeerManagerOptions;
  readonly #ports: PeerManagerPorts;
  readonly #meters: PeerMeters;
  readonly #bans: BanList;
  readonly #table: ConnectionTable;
  readonly #attempts: AttemptGate;
  readonly #states = new Map<PeerId, PeerState>();
  readonly #foreign = new LruMap<PeerId, Facts>(STATE_LIMITS.foreignMax);

  constructor(options: PeerManagerOptions, ports: PeerManagerPorts, { peers, bans }: BookContents) {
    this.#options = options;
    this.#ports = ports;
    this.#meters = measurePeers(ports.metrics, options.rates.keys());
    this.book = new PeerBook(peers);
    this.#bans = new BanList(bans);
    this.#table = new ConnectionTable(options.limits, (peer) => this.#scoreOf(peer));
    this.#attempts = new AttemptGate(options.limits.isLoopbackExempt, this.#nowMs);
  }

  /** For new connections. @throws ARGUMENT_INVALID */
  changeLimits(limits: Partial<ConnectionLimits>): void {
    this.#table.changeLimits(limits);
  }

  report(peer: PeerId, offence: Offence, facts: Facts = {}): void {
    const nowMs = this.#nowMs;
    if (offence === "stalling" && (this.#options.hasPaused() || !this.#othersAnswer(peer, nowMs))) return;
    if (offence === "otherNetwork") this.#noteForeign(peer, facts);
    const state = this.#stateOf(peer);
    const wasTrusted = state.score.value(nowMs) > SCORES.graylist;
    const points = state.score.charge(offence, nowMs);
    if (points === 0) return;
    state.note(offence, points, facts, nowMs);
    this.#meters.offences.add(1, { offence });
    this.#ports.log.debug("peer.penalised", { peer, offence, score: state.score.value(nowMs), ...facts });
    if (offence === "otherNetwork") this.book.forget(peer);
    this.#judge(peer, state, { offence, wasTrusted }, nowMs);
  }

  credit(peer: PeerId): void {
    const nowMs = this.#nowMs;
    const state = this.#stateOf(peer);
    state.score.credit(nowMs);
    state.creditedMs = nowMs;
    this.#foreign.delete(peer);
  }

  spend(peer: PeerId, bucket: string, tokens: number): boolean {
    const rate = this.#options.rates.get(bucket);
    if (rate === undefined) throw baseErrors.ARGUMENT_INVALID({ rule: "every bucket has a rate", bucket });
    const isServed = this.isTrusted(peer);
    const verdict = this.#stateOf(peer).spend(bucket, rate, tokens, isServed, this.#nowMs);
    if (verdict === "serve") return true;
    this.#meters.overLimit.add(1, { bucket });
    if (verdict === "flood") this.report(peer, "flooding", { bucket, tokens });
    return false;
  }

  isTrusted(peer: PeerId): boolean {
    return this.#scoreOf(peer) > SCORES.graylist && !this.isBanned(peer);
  }

  score(peer: PeerId): number {
    return this.#scoreOf(peer);
  }

  foreignOf(peer: PeerId): Facts | undefined {
    return this.#foreign.get(peer);
  }

  isBanned(peer: PeerId): boolean {
    return this.#bans.isPeerBanned(peer, this.#nowMs);
  }

  refusal(candidate: Parameters<TransportHandlers["refusal"]>[0]): string | undefined {
    const reason = this.#refusalOf(candidate);
    if (reason !== undefined) this.#meters.refusals.add(1, { reason });
    return reason;
  }

  connected(connection: Connection): boolean {
    const { peer, ip } = connection;
    const nowMs = this.#nowMs;
    const verdict = this.#table.placeFor(connection);
    const reason = this.#exclusionOf(ip, peer) ?? (verdict.kind === "refuse" ? verdict.reason : undefined);
    if (reason !== undefined) {
      this.#meters.refusals.add(1, { reason });
      this.#options.disconnect(peer, reason);
      return false;
    }
    this.#table.add(connection, nowMs);
    this.#stateOf(peer).host = placeOf(ip).host;
    if (verdict.kind === "evict") this.#evict(verdict.victim);
    this.#countConnected();
    return true;
  }

  disconnected(peer: PeerId): void {
    if (!this.#table.delete(peer)) return;
    this.#countConnected();
    this.#forget(peer);
  }

  discovered(peer: PeerId, addresses: readonly string[]): void {
    if (!this.isBanned(peer)) this.book.discovered(peer, addresses, this.#nowMs);
  }

  dialled(peer: PeerId, address: string): void {
    this.book.reached(peer, address, this.#nowMs);
  }

  dialFailed(peer: PeerId): void {
    this.book.failed(peer, this.#nowMs);
  }

  candidates(countMax: number): DialCandidate[] {
    return this.book.candidates(this.#ports.random, this.#nowMs, {
      countMax,
      isWanted: (peer) => this.#table.get(peer) === undefined && this.isTrusted(peer),
      subnets: new Set(this.#table.all().map(({ place }) => place.subnet)),
    });
  }

  setAgent(peer: PeerId, agent: string): void {
    if (this.#table.get(peer) !== undefined) this.#stateOf(peer).agent = agent;
  }

  setStatic(peer: PeerId, isStatic: boolean): void {
    this.#table.setStatic(peer, isStatic);
  }

  list(): PeerView[] {
    return this.#table.all().map(({ connection: { peer, address, direction }, sinceMs }) => {
      const { agent, offences } = this.#stateOf(peer);
      return {
        id: peer,
        agent,
        address,
        direction,
        offences,
        connectedSinceMs: sinceMs,
        isStatic: this.#table.isStatic(peer),
        isTrusted: this.isTrusted(peer),
        score: this.#scoreOf(peer),
      };
    });
  }

  bans(): BanView[] {
    return this.#bans.bans(this.#nowMs);
  }

  /** @throws ADDRESS_INVALID */
  ban(target: string, reason: string, durationMs?: number): void {
    const nowMs = this.#nowMs;
    const { kind, name } = this.#readTarget(target);
    const endMs = durationMs === undefined ? FOREVER_MS : Math.min(nowMs + durationMs, FOREVER_MS);
    const untilMs = Math.round(endMs);
    this.#enforce(this.#bans.banByOperator({ kind, target: name, reason, untilMs }, nowMs));
  }

  /** @throws ADDRESS_INVALID */
  unban(target: string): boolean {
    const { kind, name } = this.#readTarget(target);
    const wasBanned = this.#bans.unban(kind, name, this.#nowMs);
    if (kind === "peer") this.#states.get(name)?.settle();
    this.#options.urgent();
    return wasBanned;
  }

  contents(): BookContents {
    const nowMs = this.#nowMs;
    for (const [peer, state] of this.#states) {
      if (this.#table.get(peer) === undefined && state.isForgettable(nowMs)) this.#states.delete(peer);
    }
    return { peers: this.book.entries(), bans: this.#bans.records(nowMs) };
  }

  get #nowMs(): number {
    return Math.max(0, Math.floor(this.#ports.clock.nowMs()));
  }

  #scoreOf(peer: PeerId): number {
    return this.#states.get(peer)?.score.value(this.#nowMs) ?? 0;
  }

  #stateOf(peer: PeerId): PeerState {
    let state = this.#states.get(peer);
    if (state === undefined) {
      state = new PeerState(this.#nowMs);
      this.#states.set(peer, state);
      if (this.#states.size - this.#table.count > STATE_LIMITS.absentPeersMax) this.#forgetAbsent(peer);
    }
    return state;
  }

  /** If false, this node's own connection may be down. [PEER-6] */
  #othersAnswer(peer: PeerId, nowMs: number): boolean {
    return this.#table.all().some(({ connection }) => {
      const { creditedMs } = this.#states.get(connection.peer) ?? {};
      if (connection.peer === peer || creditedMs === undefined) return false;
      return nowMs - creditedMs <= SCORES.othersAnsweredMs;
    });
  }

  /** [PEER-4] [PEER-6] */
  #judge(
    peer: PeerId,
    state: PeerState,
    { offence, wasTrusted }: { readonly offence: Offence; readonly wasTrusted: boolean },
    nowMs: number,
  ): void {
    const { score, host } = state;
    const value = score.value(nowMs);
    const stall = score.stall(nowMs);
    const isGraylisted = value <= SCORES.graylist;
    if (isGraylisted && wasTrusted) state.graylistings++;
    if (value <= SCORES.ban || stall >= SCORES.stallBan || state.graylistings >= SCORES.graylistingsMax) {
      state.settle();
      this.#enforce(this.#bans.banPeer(peer, host, offence, nowMs));
      if (host !== undefined) this.#judgeHost(host, nowMs);
    } else if (isGraylisted || stall >= SCORES.stallDisconnect) this.#options.disconnect(peer, offence);
  }

  #noteForeign(peer: PeerId, facts: Facts): void {
    if (this.#foreign.get(peer) === undefined) {
      this.#ports.log.warn("peer.otherNetwork", { peer, ...facts });
    }
    this.#foreign.set(peer, facts);
  }

  #judgeHost(host: string, nowMs: number): void {
    if (this.#isExempt(host) || this.#bans.bannedIdsOf(host, nowMs) < BAN_LIMITS.idsPerHost) return;
    this.#enforce(this.#bans.banHost(host, "several of its peers were banned", nowMs));
  }

  #isExempt(host: string): boolean {
    return this.#options.limits.isLoopbackExempt && placeOf(host.replace(/::\/64$/, "::1")).isLoopback;
  }

  #enforce(ban: BanRecord): void {
    const { kind, target, reason, untilMs, isByOperator } = ban;
    this.#meters.bans.add(1, { kind });
    this.#ports.log.info("peer.banned", { kind, target, reason, untilMs, isByOperator });
    for (const { connection, place } of this.#table.all()) {
      if ((kind === "peer" ? connection.peer : place.host) !== target) continue;
      this.#options.disconnect(connection.peer, `banned: ${reason}`);
    }
    // Other bans are saved later: attackers can cause any number of them.
    if (isByOperator) this.#options.urgent();
  }

  #refusalOf({ ip, direction, peer }: Parameters<TransportHandlers["refusal"]>[0]): Refusal | undefined {
    const exclusion = this.#exclusionOf(ip, peer);
    if (exclusion !== undefined) return exclusion;
    if (direction === "inbound" && peer === undefined && !this.#admitsAttempt(ip)) return "too many attempts";
    const verdict = this.#table.placeFor({ ip, direction, ...(peer === undefined ? {} : { peer }) });
    return verdict.kind === "refuse" ? verdict.reason : undefined;
  }

  #exclusionOf(ip: string, peer: PeerId | undefined): Refusal | undefined {
    if (peer !== undefined && this.isBanned(peer)) return "peer banned";
    if (this.#bans.isHostBanned(placeOf(ip).host, this.#nowMs)) return "address banned";
    return peer !== undefined && !this.isTrusted(peer) ? "peer mistrusted" : undefined;
  }

  #admitsAttempt(ip: string): boolean {
    const nowMs = this.#nowMs;
    const place = placeOf(ip);
    const verdict = this.#attempts.attempt(place, nowMs);
    if (verdict === "ban")
      this.#enforce(this.#bans.banHost(place.host, "too many attempts to connect", nowMs));
    return verdict === "admit";
  }

  #evict(victim: PeerId): void {
    this.#table.delete(victim);
    this.#meters.evictions.add();
    this.#ports.log.debug("peer.evicted", { peer: victim });
    this.#options.disconnect(victim, "makes room for another");
    this.#forget(victim);
  }

  #forget(peer: PeerId): void {
    const state = this.#states.get(peer);
    if (state?.isForgettable(this.#nowMs) === true) this.#states.delete(peer);
  }

  /** Drops the best scores first: attackers gain nothing from losing them. */
  #forgetAbsent(added: PeerId): void {
    const absent = [...this.#states.keys()]
      .filter((peer) => peer !== added && this.#table.get(peer) === undefined)
      .map((peer) => ({ peer, score: this.#scoreOf(peer) }))
      .sort((a, b) => b.score - a.score);
    for (const { peer } of absent.slice(0, STATE_LIMITS.absentPeersMax / 8)) this.#states.delete(peer);
  }

  #countConnected(): void {
    const all = this.#table.all();
    for (const direction of ["inbound", "outbound"] as const) {
      const count = all.filter(({ connection }) => connection.direction === direction).length;
      this.#meters.connected.set(count, { direction });
    }
  }

  #readTarget(target: string): { readonly kind: BanView["kind"]; readonly name: string } {
    const host = hostOf(target);
    if (host !== undefined) return { kind: "ip", name: host };
    const { isPeerId = isWord } = this.#options;
    if (isWord(target) && isPeerId(target)) return { kind: "peer", name: target };
    throw networkErrors.ADDRESS_INVALID({
      address: target.slice(0, BOOK_LIMITS.idCharactersMax),
      reason: "neither a peer's id nor an IP address",
    });
  }
}

function isWord(text: string): boolean {
  return /^[\w.:-]+$/.test(text) && text.length <= BOOK_LIMITS.idCharactersMax;
}
