import type { Counter, Timer } from "@trellis/base";
import type { Block, BlockExchange, BlockOutcome, ChainView } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { NetworkPorts } from "../../ports/NetworkPorts.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { Backoffs } from "../Backoffs.ts";
import type { Handshakes, ReadyPeer } from "../handshake/Handshakes.ts";
import { ROUND_LIMITS } from "../limits.ts";
import { BodyFetcher } from "./BodyFetcher.ts";
import { HeaderReader, type ReadingEnd } from "./HeaderReader.ts";
import { HeaderWindow, type Pending } from "./HeaderWindow.ts";

/** After "done", the source is queried again at once. */
export type RoundEnd = "done" | "failed" | "timedOut" | "deferred" | "stopped";

interface SyncRoundOptions {
  readonly chain: BlockExchange;
  readonly view: ChainView;
  readonly guard: PeerGuard;
  readonly requests: PeerRequests;
  readonly handshakes: Handshakes;
  readonly bodyBackoffs: Backoffs;
  readonly source: ReadyPeer;
  /** Blocks of all rounds. */
  readonly received: Counter<"source">;
  readonly stopped: (error: unknown) => void;
}

export class SyncRound {
  readonly source: ReadyPeer;
  readonly #options: SyncRoundOptions;
  readonly #ports: NetworkPorts;
  readonly #window = new HeaderWindow();
  readonly #reader: HeaderReader;
  readonly #fetcher: BodyFetcher;
  readonly #end = Promise.withResolvers<RoundEnd>();
  #reading: ReadingEnd | undefined;
  #isImporting = false;
  #isEnded = false;
  #progressMs: number;
  /** Time of the first checked header, in ms since the Unix epoch. */
  #shownMs: number | undefined;
  #tick: Timer | undefined;
  headersRead = 0;
  highestNumber = 0;
  blocksImported = 0;

  constructor(options: SyncRoundOptions, ports: NetworkPorts) {
    const { chain, view, guard, requests, source, handshakes, bodyBackoffs } = options;
    this.source = source;
    this.#options = options;
    this.#ports = ports;
    const startMs = ports.clock.nowMs();
    this.#progressMs = startMs;
    const window = this.#window;
    this.#reader = new HeaderReader({
      chain,
      requests,
      guard,
      window,
      source,
      blueWorkOf: (hash) => view.block(hash)?.header.blueWork,
      progressed: (checked) => {
        this.headersRead += checked.length;
        this.#shownMs ??= ports.clock.nowMs();
        for (const { header } of checked) this.highestNumber = Math.max(this.highestNumber, header.number);
        this.#progressed();
      },
    });
    this.#fetcher = new BodyFetcher({
      window,
      requests,
      guard,
      backoffs: bodyBackoffs,
      clock: ports.clock,
      source: source.id,
      confirmServesHistory: (peer) => handshakes.confirmServesHistory(peer, startMs),
      peers: () => handshakes.ready(),
      arrived: () => this.#pump(),
    });
  }

  get isReading(): boolean {
    return this.#reading === undefined;
  }

  get blocksWaiting(): number {
    return this.#window.size;
  }

  get requestsUnderway(): number {
    return this.#fetcher.requestsUnderway;
  }

  async run(): Promise<RoundEnd> {
    this.#scheduleTick();
    this.#reader.read().then(
      (end) => this.#readingEnded(end),
      (error: unknown) => this.#chainStopped(error),
    );
    return this.#end.promise;
  }

  stop(): void {
    this.#finish("stopped");
  }

  defer(): void {
    this.#finish("deferred");
  }

  /** Other peers may have the bodies. [SYNC-14] */
  peerLeft(peer: PeerId): void {
    if (peer === this.source.id) this.#reader.stop();
    this.#pump();
  }

  #readingEnded(end: ReadingEnd): void {
    if (this.#isEnded) return;
    this.#reading = end;
    if (end === "false") this.#finish("failed");
    else {
      this.#window.dropUnchecked();
      this.#pump();
    }
  }

  #progressed(): void {
    this.#progressMs = this.#ports.clock.nowMs();
    this.#pump();
  }

  #pump(): void {
    if (this.#isEnded) return;
    void this.#import();
    this.#recoverAhead();
    const canGoOn = this.#fetcher.pump();
    if (this.#isImporting || this.#reading === undefined) return;
    if (this.#window.size === 0) this.#finish(endAfter(this.#reading));
    else if (!canGoOn) this.#finish("timedOut");
  }

  /** [SYNC-13] */
  async #import(): Promise<void> {
    if (this.#isImporting) return;
    let run = this.#takeRun();
    if (run.length === 0) return;
    this.#isImporting = true;
    while (run.length > 0 && !this.#isEnded) {
      const outcomes = await this.#importRun(run);
      this.#window.forget(run);
      this.#reader.roomMade();
      if (outcomes === undefined || !this.#conclude(run, outcomes)) return;
      this.#progressMs = this.#ports.clock.nowMs();
      this.#fetcher.pump();
      run = this.#takeRun();
      this.#recoverAhead();
    }
    this.#isImporting = false;
    this.#pump();
  }

  #takeRun(): Pending[] {
    return this.#window.takeRun(ROUND_LIMITS.runBlocksMax, ROUND_LIMITS.runBytesMax);
  }

  /** The next run's senders, while this thread executes the present run. [SYNC-13] */
  #recoverAhead(): void {
    const next = this.#window.unrecovered(ROUND_LIMITS.runBlocksMax, ROUND_LIMITS.runBytesMax);
    if (next.length === 0) return;
    for (const pending of next) pending.isRecovering = true;
    this.#options.chain.recoverAhead(next.map(blockOf));
  }

  async #importRun(run: readonly Pending[]): Promise<readonly BlockOutcome[] | undefined> {
    try {
      this.#options.received.add(run.length, { source: "sync" });
      return await this.#options.chain.importBlocks(run.map(blockOf));
    } catch (error) {
      this.#chainStopped(error);
      return undefined;
    }
  }

  #chainStopped(error: unknown): void {
    this.#options.stopped(error);
    this.#finish("stopped");
  }

  #conclude(run: readonly Pending[], outcomes: readonly BlockOutcome[]): boolean {
    const { guard } = this.#options;
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.kind === "imported") this.blocksImported++;
      if (outcome.kind === "imported" || outcome.kind === "known") continue;
      if (outcome.kind === "refused" && outcome.error.consequence === "penalise") {
        const { hash } = run[index]!;
        guard.report(this.source.id, "invalidBlock", { block: hash, code: outcome.error.code });
      }
      this.#finish("failed");
      return false;
    }
    return true;
  }

  #scheduleTick(): void {
    this.#tick = this.#ports.scheduler.after(ROUND_LIMITS.tickMs, () => {
      if (this.#isEnded) return;
      if (this.#isTooSlow()) {
        this.#finish("timedOut");
        return;
      }
      this.#scheduleTick();
      this.#pump();
    });
  }

  #isTooSlow(): boolean {
    const nowMs = this.#ports.clock.nowMs();
    if (nowMs - this.#progressMs > ROUND_LIMITS.stallMs) return true;
    if (this.blocksImported > 0 || this.#isImporting || this.#shownMs === undefined) return false;
    return nowMs - this.#shownMs > ROUND_LIMITS.firstBlockMs;
  }

  #finish(end: RoundEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#tick?.cancel();
    this.#reader.stop();
    this.#fetcher.stop();
    this.#end.resolve(end);
  }
}

function blockOf({ hash, header, body }: Pending): Block {
  return { hash, header, body: body! };
}

function endAfter(reading: ReadingEnd): RoundEnd {
  if (reading === "sink") return "done";
  return reading === "silent" ? "timedOut" : "failed";
}
