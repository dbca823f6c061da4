import {
  type Clock,
  type Hex,
  isTrellisError,
  type Log,
  type Metrics,
  type Random,
  SerialQueue,
  silentTracing,
  type Tracing,
} from "@trellis/base";
import { type BlockLogs, type ChainBlock, type ChainClient, clientErrors } from "@trellis/client";
import type { Screening } from "../compliance/index.ts";
import { type ArbitrageLedger, type BookDifference, openBooks, type ScanRecord } from "../ledger/index.ts";
import { samplePools } from "../pools/book/samplePools.ts";
import type { PoolAddress } from "../pools/Pool.ts";
import { createOpStackL1Fee } from "./createL1Fee.ts";
import { createTokenProbes } from "./createTokenProbes.ts";
import { type EngineWallet, EngineWallets } from "./EngineWallets.ts";
import { engineErrors } from "./errors.ts";
import type { Evaluation, EvaluationPorts } from "./evaluateTrade.ts";
import { type Findings, type FindOptions, type FoundTrade, findTrades } from "./findTrades.ts";
import { measureEngine } from "./measureEngine.ts";
import { PoolDiscovery } from "./PoolDiscovery.ts";
import { headOf, PoolWatch, type Seen, type WatchOptions } from "./PoolWatch.ts";
import { type RequestedTrade, requestedTrade } from "./requestedTrade.ts";
import { type Reference, type TradeReport, Trader, type TraderOptions, type TrialReport } from "./Trader.ts";
import type { JobUpdate } from "./TradeTracker.ts";

export interface EngineOptions extends FindOptions, Omit<TraderOptions, "mayTrade">, WatchOptions {
  /** Blocks until a cached verdict expires. */
  readonly probeBlocksMax: number;
  readonly sampleCount: number;
  readonly l1Fee?: "none" | "op-stack";
}

/** Changes apply atomically from the next block. */
export type EngineRules = Pick<TraderOptions, "thresholdWei" | "marginPpm" | "gasPriceWeiMax" | "mayTrade"> &
  Pick<FindOptions, "tradeWeiMax">;

export interface EnginePorts extends Pick<EvaluationPorts, "simulator">, Omit<EngineWallet, "executor"> {
  readonly client: ChainClient;
  readonly blockLogs: BlockLogs;
  readonly ledger: ArbitrageLedger;
  readonly screening: Screening;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | undefined;
  readonly former?: readonly EngineWallet[] | undefined;
  readonly reference: Reference | undefined;
}

export interface BlockReport extends Omit<Findings, "trades"> {
  readonly seen: Seen | undefined;
  readonly block: ChainBlock;
  readonly trades: readonly TradeReport[];
  readonly jobs: readonly JobUpdate[];
}

export interface EngineStatus {
  readonly isLive: boolean;
  readonly canBeLive: boolean;
  readonly formerWallets: readonly Hex[];
  readonly head: ChainBlock | undefined;
  readonly pools: number;
  readonly stale: readonly { readonly pool: PoolAddress; readonly reason: string }[];
  readonly excluded: ReadonlyMap<string, string>;
  readonly bookDifferences: readonly BookDifference[] | undefined;
  readonly blocks: number;
  readonly reopened: number;
}

export interface ArbitrageEngine {
  /**
   * May be called again after an error.
   * @returns undefined if nothing changed
   * @throws error codes of the node client, ledger and risk
   */
  step(): Promise<BlockReport | undefined>;
  simulate(request: RequestedTrade): Promise<TrialReport>;
  /**
   * Applies the rules for found trades.
   * @throws ENGINE_CHAIN_EMPTY before the first block; TRADE_REFUSED; error codes of the node client,
   * simulation, ledger and risk
   */
  execute(request: RequestedTrade): Promise<TradeReport>;
  change(rules: Partial<EngineRules>): void;
  /**
   * Takes effect at the next step. [ARB-41]
   * @param changed called when the current wallet opens no more trades
   */
  changeWallet(next: EngineWallet, changed?: () => void): void;
  status(): EngineStatus;
  watch(): PoolWatch | undefined;
}

const MISSES_MAX = 10;

const JOBS_PAUSE_MS = 1_000;

export function createEngine(options: EngineOptions, ports: EnginePorts): ArbitrageEngine {
  return new Engine(options, ports);
}

interface NextWallet {
  readonly wallet: EngineWallet;
  readonly changed: () => void;
}

class Engine implements ArbitrageEngine {
  readonly #ports: EnginePorts;
  readonly #meters: ReturnType<typeof measureEngine>;
  readonly #wallets: EngineWallets;
  readonly #discovery: PoolDiscovery;
  #trader: Trader;
  #nextWallet: NextWallet | undefined;
  #options: EngineOptions & EngineRules;
  #watch: PoolWatch | undefined;
  #missed = 0;
  readonly #rescanPools = new Set<PoolAddress>();
  #isRecovered = false;
  #lastTracked: { readonly hash: Hex | undefined; readonly atMs: number } = { hash: undefined, atMs: 0 };
  readonly #unreportedJobs: JobUpdate[] = [];
  #scanned: ScanRecord | undefined;
  #bookDifferences: readonly BookDifference[] | undefined;
  readonly #counts = { blocks: 0, reopened: 0 };
  readonly #queue = new SerialQueue();

  constructor(options: EngineOptions, ports: EnginePorts) {
    this.#ports = ports;
    this.#options = { ...options, mayTrade: true };
    this.#meters = measureEngine(ports.metrics);
    const { executor } = options;
    this.#wallets = new EngineWallets({ ...ports, executor }, options, ports);
    this.#discovery = new PoolDiscovery(options.factories, options, ports.client);
    this.#trader = this.#createTrader();
  }

  #createTrader(): Trader {
    const { client, simulator } = this.#ports;
    const { chainId, arbitrageur, afterSeconds, probeBlocksMax, l1Fee } = this.#options;
    const { live, tracker, risk, queue } = this.#wallets.current;
    const probeOptions = { trader: arbitrageur, afterSeconds, blocksMax: probeBlocksMax };
    return new Trader(() => this.#options, {
      ...this.#ports,
      formerWallets: () => this.#wallets.former,
      risk,
      queue,
      probes: createTokenProbes(simulator, probeOptions),
      l1Fee: l1Fee === "op-stack" ? createOpStackL1Fee(chainId, { client }) : undefined,
      live: live && tracker && { ...live, tracker },
      invalidate: (trade, evaluation) => this.#invalidate(trade, evaluation),
      rescan: (pools) => {
        for (const pool of pools) this.#rescanPools.add(pool);
      },
    });
  }

  step(): Promise<BlockReport | undefined> {
    const { tracing = silentTracing } = this.#ports;
    return this.#queue.run(() => tracing.span("arbitrage.step", {}, () => this.#look()));
  }

  simulate(request: RequestedTrade): Promise<TrialReport> {
    return this.#queue.run(async () => this.#trader.dryRun(this.#requested(request)));
  }

  execute(request: RequestedTrade): Promise<TradeReport> {
    return this.#queue.run(() => this.#trade(request));
  }

  change(rules: Partial<EngineRules>): void {
    this.#options = { ...this.#options, ...rules };
  }

  changeWallet(wallet: EngineWallet, changed = (): void => undefined): void {
    this.#nextWallet = { wallet, changed };
  }

  watch(): PoolWatch | undefined {
    return this.#watch;
  }

  status(): EngineStatus {
    const watch = this.#watch;
    return {
      isLive: this.#trader.isLive(),
      canBeLive: this.#wallets.current.live !== undefined,
      formerWallets: this.#wallets.former,
      head: watch?.head,
      pools: watch?.graph.pools.length ?? 0,
      stale: (watch?.stale ?? []).map(({ source, reason }) => ({ pool: source.address, reason })),
      excluded: watch?.excluded ?? new Map(),
      bookDifferences: this.#bookDifferences,
      ...this.#counts,
    };
  }

  async #look(): Promise<BlockReport | undefined> {
    if (!this.#isRecovered) await this.#wallets.recover(this.#ports.former ?? []);
    this.#isRecovered = true;
    const next = await headOf(this.#ports.client);
    while (this.#nextWallet !== undefined) await this.#takeWallet(this.#nextWallet, next);
    this.#unreportedJobs.push(...(await this.#trackJobs(next)));
    const look = await this.#lookAtChain(next);
    if (look === undefined) {
      const late = this.#watch === undefined ? [] : await this.#trader.processClaims(this.#watch.head);
      this.#meters.decided(late);
      if (this.#unreportedJobs.length + late.length === 0) return undefined;
      return this.#reportOf(this.#watch?.head ?? next, undefined, NOTHING, late);
    }
    const { seen, findings } = look;
    const { head } = look.watch;
    this.#meters.head(head);
    try {
      await this.#ports.reference?.observe(head, look.watch.book.pools());
      await this.#enterScan(findings, head);
      const trades = await this.#trader.tradeAll(findings.trades, head);
      this.#meters.decided(trades);
      await this.#sample();
      return this.#reportOf(head, seen, findings, trades);
    } catch (error) {
      // Otherwise, unchanged pools would not be scanned again.
      for (const { route } of findings.trades)
        for (const { pool } of route.hops) this.#rescanPools.add(pool as PoolAddress);
      throw error;
    }
  }

  async #takeWallet(next: NextWallet, head: ChainBlock): Promise<void> {
    await this.#requireChain();
    const { wallet, changed } = next;
    const { executor, live } = wallet;
    if (this.#watch !== undefined && live !== undefined) await this.#beginBooks(executor, head);
    await this.#wallets.change(wallet);
    this.#options = { ...this.#options, executor, isSimulated: true };
    this.#trader = this.#createTrader();
    changed();
    if (this.#nextWallet === next) this.#nextWallet = undefined;
  }

  /** At an unchanged head, polls less often: only time and other workers change trades. */
  async #trackJobs(next: ChainBlock): Promise<readonly JobUpdate[]> {
    const nowMs = this.#ports.clock.nowMs();
    if (next.hash === this.#lastTracked.hash && nowMs - this.#lastTracked.atMs < JOBS_PAUSE_MS) return [];
    await this.#requireChain();
    const updates = await this.#wallets.advance(next);
    this.#lastTracked = { hash: next.hash, atMs: nowMs };
    if (updates === undefined) return [];
    this.#meters.settled(updates.jobs);
    if (updates.differences !== undefined) this.#reportDifferences(updates.differences);
    return updates.jobs;
  }

  /** The node's URL may now serve another chain. */
  async #requireChain(): Promise<void> {
    const { client } = this.#ports;
    const [got, expected] = [await client.chainId(), this.#options.chainId];
    if (got !== expected) throw clientErrors.NODE_OF_OTHER_CHAIN({ node: client.name, got, expected });
  }

  #reportDifferences(differences: readonly BookDifference[]): void {
    const told = new Set(this.#bookDifferences?.map(textOf));
    this.#bookDifferences = differences;
    this.#meters.compared(differences.length);
    for (const each of differences.filter((difference) => !told.has(textOf(difference)))) {
      const { account, asset, booked, onChain } = each;
      this.#ports.log.error("books.differ", {
        account,
        asset,
        booked,
        onChain: String(onChain),
      });
    }
  }

  async #lookAtChain(next: ChainBlock) {
    let head = next;
    if (this.#watch === undefined) {
      if (!(await this.#discovery.reach(next))) return undefined;
      const { executor, live } = this.#wallets.current;
      if (live !== undefined) await this.#beginBooks(executor, next);
      this.#watch = new PoolWatch(next, this.#discovery.sources, this.#options, this.#ports);
      head = await headOf(this.#ports.client);
    }
    try {
      const seen = await this.#watch.next(head);
      this.#missed = 0;
      if (seen === undefined) return undefined;
      this.#counts.blocks += seen.added;
      for (const pool of this.#wallets.takeFreedPools(this.#watch.head.height)) this.#rescanPools.add(pool);
      const places = this.#watch.placesOf(new Set([...seen.touched, ...this.#rescanPools]));
      this.#rescanPools.clear();
      return { watch: this.#watch, seen, findings: this.#scan(this.#watch, places) };
    } catch (error) {
      const isLost = isTrellisError(error, "BRANCH_LOST");
      if (this.#watch.head.hash !== head.hash) this.#missed += 1;
      if (!isLost && this.#missed < MISSES_MAX) throw error;
      this.#watch = undefined;
      this.#missed = 0;
      this.#counts.reopened += 1;
      this.#ports.log.warn("pools.reloaded", {
        code: isTrellisError(error) ? error.code : String(error),
      });
      if (!isLost) throw error;
      return undefined;
    }
  }

  #scan({ graph, head }: PoolWatch, places: Iterable<number>): Findings {
    const { clock, tracing = silentTracing } = this.#ports;
    const beganMs = clock.nowMs();
    const facts = { "trellis.block.number": head.height };
    const findings = tracing.span("arbitrage.scan", { facts }, () =>
      findTrades(graph, places, head, this.#options),
    );
    this.#meters.scanned(clock.nowMs() - beganMs);
    return findings;
  }

  async #beginBooks(executor: Hex, block: ChainBlock): Promise<void> {
    const { ledger, client, clock } = this.#ports;
    const { chainId, owner, prices } = this.#options;
    const tokens = [...prices.keys()].map((asset) => ({ account: owner, asset }));
    const accounts = [{ account: executor, asset: "coin" as const }, ...tokens];
    await openBooks(ledger, client, accounts, { chainId, block, nowMs: clock.nowMs() });
  }

  async #enterScan(
    { trades, found, examined, sized, truncated, dropped }: Findings,
    { height, hash, timeSeconds }: ChainBlock,
  ): Promise<void> {
    if (found === 0 && truncated.length === 0) return;
    const scan: ScanRecord = {
      chainId: this.#options.chainId,
      block: { height, hash },
      blockTimeMs: timeSeconds * 1_000,
      found,
      examined,
      sized,
      trades: trades.length,
      truncated,
      dropped,
      scannedAtMs: this.#ports.clock.nowMs(),
    };
    const all = this.#scanned?.block.hash === hash ? scanOfBoth(this.#scanned, scan) : scan;
    await this.#ports.ledger.addScan(all);
    this.#scanned = all;
  }

  #invalidate({ route }: FoundTrade, evaluation: Evaluation): void {
    if (evaluation.isGo) return;
    const { code, reason, unsound } = evaluation;
    if (unsound?.pools.length === 0) this.#watch?.exclude(unsound.token, reason);
    for (const pool of unsound?.pools ?? []) this.#watch?.quarantine(pool, reason);
    if (code === "arithmeticDiffers")
      for (const { pool } of route.hops) this.#watch?.invalidate(pool as PoolAddress);
  }

  #requested(request: RequestedTrade): FoundTrade {
    if (this.#watch === undefined) throw engineErrors.ENGINE_CHAIN_EMPTY();
    return requestedTrade(request, this.#watch, this.#options);
  }

  async #trade(request: RequestedTrade): Promise<TradeReport> {
    const trade = this.#requested(request);
    await this.#requireChain();
    const report = await this.#trader.tradeNow(trade);
    this.#meters.decided([report]);
    return report;
  }

  async #sample(): Promise<void> {
    if (this.#watch === undefined || this.#options.sampleCount === 0) return;
    const { client, random } = this.#ports;
    const { wrong } = await samplePools(this.#watch.book, client, random, {
      count: this.#options.sampleCount,
    });
    for (const { pool, difference } of wrong) {
      this.#ports.log.warn("pool.diverged", {
        pool,
        difference,
        message: "The pool's on-chain state differs from the state computed from its logs.",
      });
      this.#watch.invalidate(pool);
    }
  }

  #reportOf(
    block: ChainBlock,
    seen: Seen | undefined,
    findings: Findings,
    trades: readonly TradeReport[],
  ): BlockReport {
    return { ...findings, seen, block, trades, jobs: this.#unreportedJobs.splice(0) };
  }
}

const NOTHING: Findings = { trades: [], found: 0, examined: 0, truncated: [], sized: 0, dropped: {} };

function scanOfBoth(one: ScanRecord, other: ScanRecord): ScanRecord {
  const dropped = { ...one.dropped };
  for (const [reason, count] of Object.entries(other.dropped))
    dropped[reason] = (dropped[reason] ?? 0) + count;
  return {
    ...one,
    found: one.found + other.found,
    examined: one.examined + other.examined,
    sized: one.sized + other.sized,
    trades: one.trades + other.trades,
    truncated: [...new Set([...one.truncated, ...other.truncated])],
    dropped,
  };
}

function textOf({ account, asset, booked, onChain }: BookDifference): string {
  return [account, asset, booked, onChain].join(" ");
}
