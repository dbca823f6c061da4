import {
  bytesToBigint,
  type Clock,
  isTrellisError,
  type Log,
  type Random,
  type Scheduler,
  SerialQueue,
  silentTracing,
  type Timer,
  type Tracing,
} from "@trellis/base";
import {
  type Address,
  type AfterSlowGas,
  type BlockBuilder,
  type BlockTemplate,
  type ChainView,
  type Hash,
  type PoolView,
  type TemplateRequest,
  tracedKeys,
} from "@trellis/protocol";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";
import type { CpuMiner } from "../miner/createCpuMiner.ts";
import { exponentialMs } from "./exponentialMs.ts";
import { gatherMs } from "./gatherMs.ts";

export type ProducerPace =
  /** Mines on transactions (see `gatherMs`), and an empty block after `idleMs` without any, if set. */
  | { readonly kind: "instant"; readonly idleMs?: number }
  | { readonly kind: "interval"; readonly intervalMs: number }
  | { readonly kind: "random"; readonly meanMs: number }
  | { readonly kind: "continuous"; readonly dutyCycle: number }
  /** Only `produce` makes blocks. */
  | { readonly kind: "manual" };

export interface ProducerOptions {
  readonly pace: ProducerPace;
  readonly miner: Address;
  readonly streams: readonly number[];
  readonly extra: Uint8Array;
}

interface ProducerPorts {
  readonly builder: BlockBuilder;
  readonly chain: Pick<ChainView, "parameters" | "subscribe">;
  readonly pool: Pick<PoolView, "status" | "subscribe">;
  readonly cpu: CpuMiner;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly tracing?: Tracing | undefined;
}

interface Series {
  before?(made: number): void;
  isOver(): boolean;
  /** Makes blocks that only set this state. */
  readonly override?: TemplateRequest["override"];
}

export interface Producer {
  start(): void;
  produce(): Promise<Hash>;
  /** Makes blocks with none between them, until `isOver` or the end of the producer. */
  produceSeries(count: number, series: Series): Promise<void>;
  /** Between `instant`, `interval` and `manual`. */
  setPace(pace: ProducerPace): void;
  /** From the next block on. */
  setStreams(streams: readonly number[]): void;
  /** No block is made meanwhile. */
  exclusively<T>(action: () => Promise<T>): Promise<T>;
  /** Resolves after the current block. */
  stop(): Promise<void>;
}

const RETRY_MS = 1_000;
const NONCE_BYTES = 8;

export function createProducer(options: ProducerOptions, ports: ProducerPorts): Producer {
  const loop = new ProducerLoop(options, ports);
  return {
    start: () => loop.start(),
    produce: () => loop.produce(),
    produceSeries: (count, series) => loop.produceSeries(count, series),
    setPace: (pace) => loop.setPace(pace),
    setStreams: (streams) => loop.setStreams(streams),
    exclusively: (action) => loop.exclusively(action),
    stop: () => loop.stop(),
  };
}

class ProducerLoop {
  readonly #options: ProducerOptions;
  readonly #ports: ProducerPorts;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #queue = new SerialQueue();
  /** Nodes with one miner address make equal templates, and must not find equal blocks. */
  readonly #firstNonce: bigint;
  #pace: ProducerPace;
  #streams: readonly number[];
  #timer: Timer | undefined;
  #search: AbortController | undefined;
  /** The newest template, by an event that its builder does not follow. */
  #isOutdated = false;
  #isStarted = false;
  #isStopped = false;
  #stage: "idle" | "gathering" | "queued" | "making" = "idle";
  #isArriving = false;
  #last = { count: 0, tookMs: 0, endedMs: 0 };
  #blockCount = 0;
  #failure: string | undefined;

  constructor(options: ProducerOptions, ports: ProducerPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#firstNonce = bytesToBigint(ports.random.bytes(NONCE_BYTES));
    this.#pace = options.pace;
    this.#streams = options.streams;
  }

  start(): void {
    const pace = this.#pace;
    this.#isStarted = true;
    if (this.#isOnlyProducer) {
      const { pool } = this.#ports;
      this.#unsubscribe.push(
        pool.subscribe((event) => event.kind === "added" && this.#hasPending && this.#arrived()),
      );
    }
    if (pace.kind === "continuous") {
      this.#unsubscribe.push(
        this.#ports.chain.subscribe((event) => event.kind === "added" && this.#search?.abort()),
      );
      const stop = this.#ports.builder.subscribe?.(() => {
        this.#isOutdated = true;
        this.#search?.abort();
      });
      if (stop !== undefined) this.#unsubscribe.push(stop);
    }
    const isIdle = pace.kind === "instant" && pace.idleMs === undefined && !this.#hasPending;
    if (isIdle || pace.kind === "random") this.#continue(this.#delayMs(0));
    else this.#enqueue();
  }

  /** Calls are queued, because each block builds on the previous one. */
  produce(): Promise<Hash> {
    return this.#queue.run(async () => (await this.#makeBlock("take")).hash);
  }

  produceSeries(count: number, { before, isOver, override }: Series): Promise<void> {
    return this.#queue.run(async () => {
      for (let made = 0; made < count && !isOver() && !this.#isStopped; made++) {
        before?.(made);
        await this.#makeBlock("take", override);
      }
    });
  }

  exclusively<T>(action: () => Promise<T>): Promise<T> {
    return this.#queue.run(action);
  }

  setPace(pace: ProducerPace): void {
    this.#pace = pace;
    if (this.#stage !== "idle" && this.#stage !== "gathering") return;
    if (pace.kind === "instant" && this.#hasPending) this.#gather();
    else this.#continue(this.#delayMs(0));
  }

  setStreams(streams: readonly number[]): void {
    this.#streams = streams;
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    this.#isStopped = true;
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#timer?.cancel();
    this.#search?.abort();
    await this.#queue.idle();
  }

  #arrived(): void {
    if (this.#pace.kind !== "instant") return;
    this.#isArriving = true;
    // In a later turn, so that the transaction's answer does not wait for the template.
    if (this.#stage === "idle") this.#lookAfter(0);
  }

  #gather(): void {
    const { pool, clock } = this.#ports;
    const { pending } = pool.status();
    const waitMs = gatherMs({
      pending,
      isArriving: this.#isArriving,
      lastCount: this.#last.count,
      lastMs: this.#last.tookMs,
      sinceMs: clock.nowMs() - this.#last.endedMs,
    });
    this.#isArriving = false;
    if (pending === 0) this.#continue(this.#delayMs(0));
    else if (waitMs === 0) this.#enqueue();
    else this.#lookAfter(waitMs);
  }

  #lookAfter(waitMs: number): void {
    this.#stage = "gathering";
    this.#timer?.cancel();
    this.#timer = this.#ports.scheduler.after(waitMs, () => this.#gather());
  }

  /** Transactions that arrive before the queued block starts share it. */
  #enqueue(): void {
    if (!this.#isStarted) return;
    this.#stage = "queued";
    this.#timer?.cancel();
    this.#queue.run(() => this.#step());
  }

  async #step(): Promise<void> {
    if (!this.#isStarted) return;
    if (this.#isWithoutWork) return this.#continue("never");
    this.#stage = "making";
    this.#continue(await this.#tryBlock());
  }

  #continue(delayMs: number | "gather" | "never"): void {
    this.#stage = "idle";
    if (!this.#isStarted) return;
    this.#timer?.cancel();
    if (delayMs === "gather") this.#gather();
    else if (delayMs !== "never") this.#timer = this.#ports.scheduler.after(delayMs, () => this.#enqueue());
  }

  async #tryBlock(): Promise<number | "gather" | "never"> {
    const { clock, log } = this.#ports;
    const startedMs = clock.nowMs();
    try {
      this.#isArriving = false;
      const { transactionCount: count } = await this.#makeBlock(this.#afterSlowGas());
      if (this.#failure !== undefined) log.info("mining.recovered");
      this.#failure = undefined;
      const endedMs = clock.nowMs();
      this.#last = { count, tookMs: endedMs - startedMs, endedMs };
      return this.#delayMs(count);
    } catch (error) {
      if (isTrellisError(error, "MINING_ABORTED")) return 0;
      this.#logFailure(error);
      return RETRY_MS;
    }
  }

  /** The pace may have changed since the block was queued. */
  get #isWithoutWork(): boolean {
    const pace = this.#pace;
    if (pace.kind === "manual") return true;
    return pace.kind === "instant" && pace.idleMs === undefined && !this.#hasPending;
  }

  get #isOnlyProducer(): boolean {
    const { kind } = this.#pace;
    return kind === "instant" || kind === "interval" || kind === "manual";
  }

  #afterSlowGas(): AfterSlowGas {
    return this.#isOnlyProducer ? "last" : "wait";
  }

  /** Logs a repeated failure once, because the loop retries every second. */
  #logFailure(error: unknown): void {
    const failure = isTrellisError(error) ? error.code : String(error);
    if (failure !== this.#failure) this.#ports.log.error("mining.failed", { error: error as Error });
    this.#failure = failure;
  }

  #delayMs(transactionCount: number): number | "gather" | "never" {
    const pace = this.#pace;
    if (pace.kind === "manual") return "never";
    if (pace.kind === "interval") return pace.intervalMs;
    if (pace.kind === "random") return exponentialMs(this.#ports.random, pace.meanMs);
    if (pace.kind === "continuous") return 0;
    const mayTakeMore = transactionCount > 0 || this.#isArriving;
    return mayTakeMore && this.#hasPending ? "gather" : (pace.idleMs ?? "never");
  }

  get #hasPending(): boolean {
    return this.#ports.pool.status().pending > 0;
  }

  async #makeBlock(
    afterSlowGas: AfterSlowGas,
    override?: TemplateRequest["override"],
  ): Promise<{ hash: Hash; transactionCount: number }> {
    const { builder, chain } = this.#ports;
    const { miner, extra } = this.#options;
    const streams = this.#streams;
    const stream = streams[this.#blockCount++ % streams.length]!;
    this.#isOutdated = false;
    const template = await builder.createTemplate({
      miner,
      stream,
      extra,
      afterSlowGas,
      ...(override === undefined ? {} : { override }),
    });
    const { tracing = silentTracing } = this.#ports;
    const parent = tracing.recall(tracedKeys(template.body));
    const nonce = await tracing.span(
      "block.mine",
      { parent, facts: { "trellis.block.stream": stream } },
      () => this.#findNonce(template, chain.parameters.streams[stream]!),
    );
    const hash = await builder.importSealed(template, nonce);
    return { hash, transactionCount: template.body.transactions.length };
  }

  async #findNonce(template: BlockTemplate, parameters: PowParameters): Promise<bigint> {
    const pace = this.#pace;
    this.#search = new AbortController();
    if (this.#isOutdated) this.#search.abort();
    try {
      return await this.#ports.cpu.mine({
        parameters,
        sealRoot: template.sealRoot,
        target: template.target,
        firstNonce: this.#firstNonce,
        dutyCycle: pace.kind === "continuous" ? pace.dutyCycle : 1,
        signal: this.#search.signal,
      });
    } finally {
      this.#search = undefined;
    }
  }
}
