import { LruMap, type Timer } from "@trellis/base";
import { type BlockExchange, blockRate, type ChainView } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { NetworkPorts } from "../../ports/NetworkPorts.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { GreetedPeer, PeerDirectory } from "../directory/PeerDirectory.ts";
import { FORK_LIMITS, READING_LIMITS, ROUND_LIMITS } from "../limits.ts";
import { Rests } from "../Rests.ts";
import type { SyncProgress } from "../SyncProgress.ts";
import { ForkWatch } from "./ForkWatch.ts";
import { type RoundEnd, SyncRound } from "./SyncRound.ts";

export interface HeaderSyncOptions {
  readonly chain: BlockExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly requests: PeerRequests;
  readonly directory: PeerDirectory;
  readonly stopped: (error: unknown) => void;
}

/** What became of a peer's rounds since it gave all that it claimed. */
interface Turns {
  /** When the last one began. ms since the Unix epoch */
  readonly beganMs: number;
  /** Rounds that ended without all that it claimed, though nobody else's turn had come. */
  readonly failures: number;
  /** How long its rounds took after which its chain was no heavier than this node's. ms */
  readonly lighterMs: number;
}

const NO_TURNS: Turns = { beganMs: 0, failures: 0, lighterMs: 0 };

const TOO_FAR_BEHIND =
  "no peer keeps blocks as old as the next one here: an archive, or a checkpoint, is needed";

/** Brings this node to where its peers are when they are far ahead: headers first, one source at a time. [SYNC-10] */
export class HeaderSync {
  readonly #options: HeaderSyncOptions;
  readonly #ports: NetworkPorts;
  readonly #sourceRests: Rests;
  readonly #bodyRests: Rests;
  /** Peers whose blocks could not be reached parent by parent. */
  readonly #demanded = new Set<PeerId>();
  /** Rounds in a row that brought nothing, because peers that claim more than is here gave nothing. */
  readonly #unheard = new LruMap<PeerId, number>(ROUND_LIMITS.restingPeersMax);
  readonly #forkWatch: ForkWatch;
  readonly #turns = new LruMap<PeerId, Turns>(ROUND_LIMITS.restingPeersMax);
  /** Whose round gave way to another's last. */
  #putOff: PeerId | undefined;
  #round: SyncRound | undefined;
  #startingNumber: number | undefined;
  #loggedMs = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: HeaderSyncOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#sourceRests = new Rests(ports.clock);
    this.#bodyRests = new Rests(ports.clock);
    this.#forkWatch = new ForkWatch({
      ...options,
      clock: ports.clock,
      ahead: () => options.directory.greeted().filter((peer) => this.#isAhead(peer)),
      isSyncing: () => this.#round !== undefined,
    });
  }

  /** From the first header on that is checked and was not here: what a peer claims proves nothing. [SYNC-10] */
  get isActive(): boolean {
    return this.#round !== undefined && this.#round.headersRead > 0;
  }

  /** Headers are asked of the peer, which bring what it has, if it has it. */
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
    this.#demanded.delete(peer);
    this.#round?.peerLeft(peer);
  }

  /**
   * Blocks of the peer are too far to be reached parent by parent: headers are read from it, now or when it is its
   * turn. False if its sink is here already, it rests, or it does not keep what is missing: then they are better reached
   * parent by parent. [SYNC-8]
   */
  demand(peer: GreetedPeer): boolean {
    const { chain, directory } = this.#options;
    if (chain.has(peer.hello.sink.hash) || !directory.mayHave(peer.id)) return false;
    this.#demanded.add(peer.id);
    if (this.#sourceRests.isResting(peer.id)) return false;
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

  /** What keeps it from going on until the operator looks. */
  problem(): string | undefined {
    return this.#isTooFarBehind() ? TOO_FAR_BEHIND : undefined;
  }

  /** Blocks that are known to come, and requests for bodies that are underway. */
  load(): { readonly blocksWaiting: number; readonly requestsUnderway: number } {
    const { blocksWaiting = 0, requestsUnderway = 0 } = this.#round ?? {};
    return { blocksWaiting, requestsUnderway };
  }

  /**
   * Begins a round if a peer has what is worth one: first with those whose chains leave this node's, in turn; one that
   * gave nothing when it was asked comes after the others. [SYNC-29]
   */
  consider(): void {
    if (this.#isStopped || this.#options.directory.greeted().length === 0) return;
    this.#forkWatch.met().catch((error: unknown) => this.#options.stopped(error));
    if (this.#round !== undefined) return;
    const [source] = this.#sources();
    if (source === undefined) {
      this.#startingNumber = undefined;
      return;
    }
    void this.#runRound(source);
  }

  #sources(): GreetedPeer[] {
    return this.#options.directory
      .greeted()
      .filter((peer) => this.#isWorthARound(peer))
      .sort((a, b) => this.#compareSources(a.id, b.id));
  }

  #compareSources(a: PeerId, b: PeerId): number {
    if (this.#putOff === a || this.#putOff === b) return this.#putOff === a ? 1 : -1;
    if (this.#hasChances(a) !== this.#hasChances(b)) return this.#hasChances(a) ? -1 : 1;
    const [isFork, isOtherFork] = [this.#forkWatch.isFork(a), this.#forkWatch.isFork(b)];
    if (isFork !== isOtherFork) return isFork ? -1 : 1;
    const turns = isFork ? this.#turnsOf(a).beganMs - this.#turnsOf(b).beganMs : 0;
    return turns || this.#unheardOf(a) - this.#unheardOf(b);
  }

  #isWorthARound({ id, hello: { sink } }: GreetedPeer): boolean {
    const { chain, view, directory } = this.#options;
    if (this.#sourceRests.isResting(id) || chain.has(sink.hash) || !directory.mayHave(id)) return false;
    if (this.#demanded.has(id)) return true;
    const { number, blueWork } = view.head().header;
    if (sink.blueWork <= blueWork) return false;
    return this.#forkWatch.isFork(id) || sink.number - number >= READING_LIMITS.aheadMin;
  }

  /** It claims more than is here, and has not failed to show it again and again. */
  #isAhead({ id, hello: { sink } }: GreetedPeer): boolean {
    const { chain, view, directory } = this.#options;
    if (chain.has(sink.hash) || !directory.mayHave(id)) return false;
    return this.#hasChances(id) && sink.blueWork > view.head().header.blueWork;
  }

  #hasChances(id: PeerId): boolean {
    const { failures, lighterMs } = this.#turnsOf(id);
    return failures < FORK_LIMITS.turnsMax && lighterMs < FORK_LIMITS.turnsMax * FORK_LIMITS.turnMs;
  }

  /**
   * A round gives way to a peer whose chain leaves this node's, at once the first time, and such a peer's to any other,
   * as does that of one who has failed again and again: who shows more work is followed. [SYNC-29]
   */
  async #lookForForks(): Promise<void> {
    await this.#forkWatch.look();
    const round = this.#round;
    if (round === undefined) return;
    const source = round.source.id;
    const isFork = this.#forkWatch.isFork(source);
    const isLong = this.#ports.clock.nowMs() - this.#turnsOf(source).beganMs > FORK_LIMITS.turnMs;
    const isDue = ({ id }: GreetedPeer): boolean => {
      if (id === source || !this.#hasChances(id)) return false;
      if (isFork || !this.#hasChances(source)) return isLong;
      return this.#forkWatch.isFork(id) && (isLong || this.#turnsOf(id).lighterMs === 0);
    };
    if (this.#sources().some(isDue)) round.putOff();
  }

  #turnsOf(id: PeerId): Turns {
    return this.#turns.get(id) ?? NO_TURNS;
  }

  async #runRound(source: GreetedPeer): Promise<void> {
    const { log } = this.#ports;
    const { number } = this.#options.view.head().header;
    this.#startingNumber ??= number;
    this.#demanded.delete(source.id);
    this.#turns.set(source.id, { ...this.#turnsOf(source.id), beganMs: this.#ports.clock.nowMs() });
    this.#round = new SyncRound({ ...this.#options, bodyRests: this.#bodyRests, source }, this.#ports);
    log.info("sync begins", { peer: source.id, number, highest: source.hello.sink.number });
    this.#loggedMs = this.#ports.clock.nowMs();
    const round = this.#round;
    const end = await round.run();
    this.#round = undefined;
    log.info("sync round ended", {
      end,
      peer: source.id,
      headers: round.headersRead,
      blocks: round.blocksImported,
      number: this.#options.view.head().header.number,
    });
    await this.#conclude(source, round, end);
  }

  /** Round after round, until nobody has more. A round that brought nothing does not come again at once. [SYNC-15] */
  async #conclude({ id }: GreetedPeer, round: SyncRound, end: RoundEnd): Promise<void> {
    if (this.#isStopped) return;
    this.#putOff = end === "putOff" ? id : undefined;
    this.#noteTurn(id, end);
    if (end === "done" && round.blocksImported > 0) this.#sourceRests.succeeded(id);
    else if (end !== "putOff") this.#sourceRests.failed(id);
    if (end === "done" || round.blocksImported > 0) this.#unheard.delete(id);
    else if (end === "unheard") void this.#accuse(id, round.headersRead);
    if (end === "done") await this.#options.directory.exchange(id);
    this.consider();
  }

  #noteTurn(id: PeerId, end: RoundEnd): void {
    const { beganMs, failures, lighterMs } = this.#turnsOf(id);
    const spentMs = this.#forkWatch.isFork(id) ? this.#ports.clock.nowMs() - beganMs : 0;
    const hasFailed = end !== "done" && end !== "putOff";
    if (end === "done") this.#turns.delete(id);
    else
      this.#turns.set(id, {
        beganMs,
        failures: failures + (hasFailed ? 1 : 0),
        lighterMs: lighterMs + spentMs,
      });
  }

  /** Who claims more than is here gives it within some rounds, unless it goes, or says by now that it has let go of it. [SYNC-16] */
  async #accuse(id: PeerId, headers: number): Promise<void> {
    const { directory, guard } = this.#options;
    if (!(await directory.shouldHave(id))) return;
    const count = this.#unheardOf(id) + 1;
    this.#unheard.set(id, count);
    if (count >= ROUND_LIMITS.unheardMax) guard.report(id, "falseClaim", { headers });
  }

  #unheardOf(id: PeerId): number {
    return this.#unheard.get(id) ?? 0;
  }

  /** Peers whose rest is over are considered again, though they say nothing new. */
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
    if (progress !== undefined) log.info("syncing", { ...progress, ...this.load() });
    else if (this.#isTooFarBehind()) {
      log.warn(TOO_FAR_BEHIND);
    }
  }

  /**
   * Those who are ahead have pruned what comes next here. What a peer claims does not make a node believe so that has
   * blocks which nobody can have pruned yet. [SYNC-10]
   */
  #isTooFarBehind(): boolean {
    const { view, directory } = this.#options;
    const { blueWork, timestampMs } = view.head().header;
    const { pruningDepth, streams } = view.parameters;
    // Half: luck and hash power that comes faster than the difficulty follows.
    const keptMs = (pruningDepth / blockRate(streams) / 2) * 1_000;
    if (this.#ports.clock.nowMs() - timestampMs < keptMs) return false;
    const ahead = directory.greeted().filter(({ hello }) => hello.sink.blueWork > blueWork);
    return ahead.length > 0 && ahead.every(({ id }) => !directory.mayHave(id));
  }
}
