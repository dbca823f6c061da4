import { type Counter, LruMap, type Timer } from "@trellis/base";
import { type BlockExchange, blockRate, type ChainView } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { NetworkPorts } from "../../ports/NetworkPorts.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { Backoffs } from "../Backoffs.ts";
import type { Handshakes, ReadyPeer } from "../handshake/Handshakes.ts";
import { FINALITY_GATE_LIMITS, READING_LIMITS, ROUND_LIMITS } from "../limits.ts";
import type { SyncProgress } from "../SyncProgress.ts";
import { FinalityGate } from "./FinalityGate.ts";
import {
  afterRound,
  compareRanks,
  type HeaderSource,
  hasChances,
  NEW_SOURCE,
  type Rank,
  rank,
  type SourceNow,
} from "./HeaderSource.ts";
import { type RoundEnd, SyncRound } from "./SyncRound.ts";

interface HeaderSyncOptions {
  readonly chain: BlockExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly requests: PeerRequests;
  readonly handshakes: Handshakes;
  /** Blocks of all rounds. */
  readonly received: Counter<"source">;
  readonly stopped: (error: unknown) => void;
}

const TOO_FAR_BEHIND = "no peer has the next block: use an archive node as a peer, or set a checkpoint";

export class HeaderSync {
  readonly #options: HeaderSyncOptions;
  readonly #ports: NetworkPorts;
  readonly #sources = new LruMap<PeerId, HeaderSource>(ROUND_LIMITS.backoffPeersMax);
  readonly #bodyBackoffs: Backoffs;
  readonly #finalityGate: FinalityGate;
  #deferred: PeerId | undefined;
  #round: SyncRound | undefined;
  #startingNumber: number | undefined;
  #loggedMs = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: HeaderSyncOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#bodyBackoffs = new Backoffs(ports.clock);
    this.#finalityGate = new FinalityGate({
      ...options,
      clock: ports.clock,
      ahead: () => options.handshakes.ready().filter((peer) => this.#isAhead(peer)),
      isSyncing: () => this.#round !== undefined,
    });
  }

  /** True once headers have been read: claims prove nothing. [SYNC-10] */
  get isActive(): boolean {
    return this.#round !== undefined && this.#round.headersRead > 0;
  }

  isAsking(peer: PeerId): boolean {
    return this.#round?.source.id === peer;
  }

  start(): void {
    this.#scheduleLook();
    this.consider();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#round?.stop();
  }

  peerLeft(peer: PeerId): void {
    if (this.#sources.has(peer)) this.#change(peer, { isDemanded: false });
    this.#round?.peerLeft(peer);
  }

  /** If false, the queue fetches parents itself. [SYNC-8] */
  demand(peer: ReadyPeer): boolean {
    const { chain, handshakes } = this.#options;
    if (chain.has(peer.hello.sink.hash) || !handshakes.servesHistory(peer.id)) return false;
    this.#change(peer.id, { isDemanded: true });
    if (this.#rankOf(peer.id) === undefined) return false;
    this.consider();
    return true;
  }

  progress(): SyncProgress | undefined {
    const round = this.#round;
    if (round === undefined || !this.isActive) return undefined;
    const { number } = this.#options.view.head().header;
    return {
      phase: round.isReading ? "headers" : "blocks",
      startingBlock: this.#startingNumber ?? number,
      currentBlock: number,
      highestBlock: Math.max(number, round.highestNumber),
    };
  }

  problem(): string | undefined {
    return this.#isTooFarBehind() ? TOO_FAR_BEHIND : undefined;
  }

  load(): { readonly blocksWaiting: number; readonly requestsUnderway: number } {
    const { blocksWaiting = 0, requestsUnderway = 0 } = this.#round ?? {};
    return { blocksWaiting, requestsUnderway };
  }

  consider(): void {
    if (this.#isStopped || this.#options.handshakes.ready().length === 0) return;
    this.#finalityGate.begin().catch((error: unknown) => this.#options.stopped(error));
    if (this.#round !== undefined) return;
    const [source] = this.#worthARound();
    if (source === undefined) {
      this.#startingNumber = undefined;
      return;
    }
    void this.#runRound(source);
  }

  #worthARound(): ReadyPeer[] {
    return this.#options.handshakes
      .ready()
      .filter((peer) => this.#isWorthARound(peer))
      .flatMap((peer) => {
        const ranked = this.#rankOf(peer.id);
        return ranked === undefined ? [] : [{ peer, ranked }];
      })
      .sort((a, b) => compareRanks(a.ranked, b.ranked))
      .map(({ peer }) => peer);
  }

  #rankOf(id: PeerId): Rank | undefined {
    return rank(this.#sourceOf(id), this.#now(id));
  }

  #sourceOf(id: PeerId): HeaderSource {
    return this.#sources.get(id) ?? NEW_SOURCE;
  }

  #now(id: PeerId): SourceNow {
    const isDeferred = this.#deferred === id;
    return { isDeferred, isFork: this.#finalityGate.isFork(id), nowMs: this.#ports.clock.nowMs() };
  }

  #change(id: PeerId, change: Partial<HeaderSource>): void {
    this.#sources.set(id, { ...this.#sourceOf(id), ...change });
  }

  #isWorthARound({ id, hello: { sink } }: ReadyPeer): boolean {
    const { chain, view, handshakes } = this.#options;
    if (chain.has(sink.hash) || !handshakes.servesHistory(id)) return false;
    if (this.#sourceOf(id).isDemanded) return true;
    const { number, blueWork } = view.head().header;
    if (sink.blueWork <= blueWork) return false;
    return this.#finalityGate.isFork(id) || sink.number - number >= READING_LIMITS.aheadMin;
  }

  #isAhead({ id, hello: { sink } }: ReadyPeer): boolean {
    const { chain, view, handshakes } = this.#options;
    if (chain.has(sink.hash) || !handshakes.servesHistory(id)) return false;
    return hasChances(this.#sourceOf(id)) && sink.blueWork > view.head().header.blueWork;
  }

  /** Defers the round at once only for a new fork. [SYNC-29] */
  async #lookForForks(): Promise<void> {
    await this.#finalityGate.update();
    const round = this.#round;
    if (round === undefined) return;
    const current = this.#sourceOf(round.source.id);
    const isFork = this.#finalityGate.isFork(round.source.id);
    const isLong = this.#ports.clock.nowMs() - current.beganMs > FINALITY_GATE_LIMITS.turnMs;
    const isDue = ({ id }: ReadyPeer): boolean => {
      const other = this.#sourceOf(id);
      if (id === round.source.id || !hasChances(other)) return false;
      if (isFork || !hasChances(current)) return isLong;
      return this.#finalityGate.isFork(id) && (isLong || other.lighterMs === 0);
    };
    if (this.#worthARound().some(isDue)) round.defer();
  }

  async #runRound(source: ReadyPeer): Promise<void> {
    const { log } = this.#ports;
    const { number } = this.#options.view.head().header;
    this.#startingNumber ??= number;
    this.#change(source.id, { isDemanded: false, beganMs: this.#ports.clock.nowMs() });
    this.#round = new SyncRound({ ...this.#options, bodyBackoffs: this.#bodyBackoffs, source }, this.#ports);
    log.info("sync.started", { peer: source.id, number, highest: source.hello.sink.number });
    this.#loggedMs = this.#ports.clock.nowMs();
    const round = this.#round;
    const end = await round.run();
    this.#round = undefined;
    log.info("sync.ended", {
      end,
      peer: source.id,
      headers: round.headersRead,
      blocks: round.blocksImported,
      number: this.#options.view.head().header.number,
    });
    await this.#conclude(source, round, end);
  }

  async #conclude({ id }: ReadyPeer, round: SyncRound, end: RoundEnd): Promise<void> {
    if (this.#isStopped) return;
    const { blocksImported, headersRead } = round;
    this.#deferred = end === "deferred" ? id : undefined;
    this.#sources.set(id, afterRound(this.#sourceOf(id), { end, blocksImported }, this.#now(id)));
    if (end === "timedOut" && blocksImported === 0) void this.#accuse(id, headersRead);
    if (end === "done") await this.#options.handshakes.exchange(id);
    this.consider();
  }

  /** Excuses peers that have pruned the blocks. [SYNC-16] */
  async #accuse(id: PeerId, headers: number): Promise<void> {
    const { handshakes, guard } = this.#options;
    if (!(await handshakes.confirmServesHistory(id, this.#sourceOf(id).beganMs))) return;
    const timeouts = this.#sourceOf(id).timeouts + 1;
    this.#change(id, { timeouts });
    if (timeouts >= ROUND_LIMITS.timeoutsMax) guard.report(id, "falseClaim", { headers });
  }

  #scheduleLook(): void {
    this.#timer = this.#ports.scheduler.after(ROUND_LIMITS.tickMs, () => {
      this.#scheduleLook();
      this.consider();
      this.#lookForForks().catch((error: unknown) => this.#options.stopped(error));
      this.#logProgress();
    });
  }

  #logProgress(): void {
    const { log, clock } = this.#ports;
    if (clock.nowMs() - this.#loggedMs < ROUND_LIMITS.logMs) return;
    this.#loggedMs = clock.nowMs();
    const progress = this.progress();
    if (progress !== undefined) log.info("sync.progressed", { ...progress, ...this.load() });
    else if (this.#isTooFarBehind()) {
      log.warn("sync.stalled", { message: TOO_FAR_BEHIND });
    }
  }

  /** All peers ahead have pruned the next blocks, which is credible only if the head is old. [SYNC-10] */
  #isTooFarBehind(): boolean {
    const { view, handshakes } = this.#options;
    const { blueWork, timestampMs } = view.head().header;
    const { pruningDepth, streams } = view.parameters;
    // Half the pruning depth, to allow for randomness and growing hash power.
    const keptMs = (pruningDepth / blockRate(streams) / 2) * 1_000;
    if (this.#ports.clock.nowMs() - timestampMs < keptMs) return false;
    const ahead = handshakes.ready().filter(({ hello }) => hello.sink.blueWork > blueWork);
    return ahead.length > 0 && ahead.every(({ id }) => !handshakes.servesHistory(id));
  }
}
