import {
  type Clock,
  type Hex,
  isTrellisError,
  type Log,
  type Metrics,
  type Random,
  SerialQueue,
} from "@trellis/base";
import { type BlockLogs, type ChainBlock, type ChainClient, clientErrors } from "@trellis/client";
import type { Screening } from "../compliance/index.ts";
import { type ArbitrageLedger, type BookDifference, openBooks, type ScanRecord } from "../ledger/index.ts";
import { samplePools } from "../pools/book/samplePools.ts";
import type { PoolAddress } from "../pools/Pool.ts";
import type { TradeQueue } from "../queue/index.ts";
import type { Risk } from "../risk/index.ts";
import { createJobKeeper, type JobNews } from "./createJobKeeper.ts";
import { createOpStackL1Fee } from "./createL1Fee.ts";
import { createTokenProbes } from "./createTokenProbes.ts";
import {
  createTrader,
  type LivePorts,
  type Reference,
  type TradeReport,
  type TraderTerms,
  type TrialReport,
} from "./createTrader.ts";
import { engineErrors } from "./errors.ts";
import { type Findings, type FindTerms, type FoundTrade, findTrades } from "./findTrades.ts";
import type { Judgement, JudgePorts } from "./judgeTrade.ts";
import { measureEngine } from "./measureEngine.ts";
import { PoolDiscovery } from "./PoolDiscovery.ts";
import { headOf, PoolWatch, type Seen, type WatchOptions } from "./PoolWatch.ts";
import { type RequestedTrade, requestedTrade } from "./requestedTrade.ts";

export interface EngineTerms extends FindTerms, Omit<TraderTerms, "mayTrade">, WatchOptions {
  /** How many blocks a verdict on a token counts. */
  readonly probeBlocksMax: number;
  /** Pools that are compared with their contracts after each block. */
  readonly sampleCount: number;
  /** What the chain charges for a transaction's data beside gas: nothing unless given. */
  readonly l1Fee?: "none" | "op-stack";
}

/** What may be changed while it runs, all at once, from the next block on. */
export type EngineRules = Pick<TraderTerms, "thresholdWei" | "marginPpm" | "gasPriceWeiMax" | "mayTrade"> &
  Pick<FindTerms, "tradeWeiMax">;

export interface EnginePorts extends Pick<JudgePorts, "simulator"> {
  readonly client: ChainClient;
  readonly blockLogs: BlockLogs;
  readonly ledger: ArbitrageLedger;
  readonly risk: Risk;
  readonly screening: Screening;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Undefined on paper: nothing is signed or sent. */
  readonly live: LivePorts | undefined;
  /** Which of the wallet's workers works on which trade. */
  readonly queue: TradeQueue;
  /** Undefined where the coin is the only token that profits are in. */
  readonly reference: Reference | undefined;
}

export interface BlockReport extends Omit<Findings, "trades"> {
  readonly seen: Seen | undefined;
  readonly block: ChainBlock;
  readonly trades: readonly TradeReport[];
  readonly jobs: readonly JobNews[];
}

export interface EngineStatus {
  /** Whether money is used now. */
  readonly isLive: boolean;
  /** Whether it could be: there is a key. */
  readonly canBeLive: boolean;
  /** Undefined before the first look. */
  readonly head: ChainBlock | undefined;
  readonly pools: number;
  readonly stale: readonly { readonly pool: PoolAddress; readonly reason: string }[];
  readonly excluded: ReadonlyMap<string, string>;
  /** Of the last comparison with the chain; undefined before the first. */
  readonly bookDifferences: readonly BookDifference[] | undefined;
  readonly blocks: number;
  readonly reopened: number;
}

export interface ArbitrageEngine {
  /**
   * Looks at the chain and does what follows from it. It is called again after an error, which changes nothing that
   * the next call does not mend.
   * @returns undefined while nothing is new
   * @throws the codes of the client, ledger and risk
   */
  step(): Promise<BlockReport | undefined>;
  /** What a trade would come to now, without entering, holding or sending anything. @throws as `execute` */
  simulate(request: RequestedTrade): Promise<TrialReport>;
  /**
   * Makes a trade that somebody asks for, by the same rules as those that it finds.
   * @throws ENGINE_CHAIN_EMPTY before the first look; TRADE_POOL_UNKNOWN, TRADE_CYCLE_BROKEN, TRADE_WITHOUT_PROFIT,
   * and the codes of client, simulation, ledger and risk
   */
  execute(request: RequestedTrade): Promise<TradeReport>;
  change(rules: Partial<EngineRules>): void;
  status(): EngineStatus;
  /** Undefined before the first look. */
  watch(): PoolWatch | undefined;
}

/** What the watch throws when it must be opened anew. */
const LOST = new Set([
  "ENGINE_BRANCH_LOST",
  "HEAD_NOT_PARENT",
  "BLOCK_NOT_HEAD",
  "STATES_NOT_KEPT",
  "BLOCK_LOGS_FOREIGN",
]);

/** What keeps so many looks in a row from a block, while the node has heads, keeps it for good. */
const MISSES_MAX = 10;

/** Between two looks at the jobs while the head stays. */
const JOBS_PAUSE_MS = 1_000;

/**
 * Finds trades at the head of a chain, proves them by simulation, and on paper records, live executes them. What it
 * decides follows from the chain, the clock, the settings and what the ports answer.
 */
export function createEngine(given: EngineTerms, ports: EnginePorts): ArbitrageEngine {
  const { client, ledger, risk, clock, random, log, live, simulator } = ports;
  const { chainId, executor, arbitrageur, owner, prices } = given;
  let terms: EngineTerms & EngineRules = { ...given, mayTrade: true };
  const probeTerms = {
    ...{ trader: arbitrageur, afterSeconds: given.afterSeconds, blocksMax: given.probeBlocksMax },
  };
  const meters = measureEngine(ports.metrics);
  const probes = createTokenProbes(simulator, probeTerms);
  const keeping = { chainId, wallet: executor, arbitrageur, owner, prices };
  const keeper = live && createJobKeeper(keeping, { ...live, ledger, risk, client, clock });
  const discovery = new PoolDiscovery(given.factories, given, client);
  let watch: PoolWatch | undefined;
  /** Looks in a row that failed before a block. */
  let missed = 0;
  /** Pools of trades that failed for what passes: they are looked at again though nothing touches them. */
  const again = new Set<PoolAddress>();
  const trader = createTrader(() => terms, {
    ...{ client, ledger, risk, screening: ports.screening, clock, log, simulator, probes },
    l1Fee: given.l1Fee === "op-stack" ? createOpStackL1Fee(chainId, { client }) : undefined,
    live: live && keeper && { ...live, keeper },
    ...{ reference: ports.reference, queue: ports.queue },
    doubt,
    lookAgain(pools) {
      for (const pool of pools) again.add(pool);
    },
  });
  let isRecovered = false;
  /** When jobs were looked at last, and at which head. */
  let kept: { readonly hash: Hex | undefined; readonly atMs: number } = { hash: undefined, atMs: 0 };
  /** What became of jobs, until a report tells it: a step may fail behind it. */
  const untold: JobNews[] = [];
  /** Of the last block at which something was found or left out, in all looks at it. */
  let scanned: ScanRecord | undefined;
  let bookDifferences: readonly BookDifference[] | undefined;
  const counts = { blocks: 0, reopened: 0 };
  /** One piece of work at a time: steps and what is asked for between them. */
  const queue = new SerialQueue();

  async function step(): Promise<BlockReport | undefined> {
    if (keeper !== undefined && !isRecovered) {
      await keeper.recover();
      isRecovered = true;
    }
    const next = await headOf(client);
    untold.push(...(await keepJobs(next)));
    const look = await lookAtChain(next);
    if (look === undefined) {
      const late = watch === undefined ? [] : await trader.takeUp(watch.head);
      meters.decided(late);
      if (untold.length + late.length === 0) return undefined;
      return reportOf(watch?.head ?? next, undefined, NOTHING, late);
    }
    const { seen, findings } = look;
    const { head } = look.watch;
    meters.head(head);
    try {
      await ports.reference?.observe(head, look.watch.book.pools());
      await enterScan(findings, head);
      const trades = await trader.tradeAll(findings.trades, head);
      meters.decided(trades);
      await sample();
      return reportOf(head, seen, findings, trades);
    } catch (error) {
      // Nothing may touch these pools again: what was found there would be lost with the database or the node.
      for (const { route } of findings.trades)
        for (const { pool } of route.hops) again.add(pool as PoolAddress);
      throw error;
    }
  }

  /** Of jobs there is news with a block. What goes by the clock, or by what other workers do, can wait a moment. */
  async function keepJobs(next: ChainBlock): Promise<readonly JobNews[]> {
    const nowMs = clock.nowMs();
    if (next.hash === kept.hash && nowMs - kept.atMs < JOBS_PAUSE_MS) return [];
    await requireChain();
    const news = await keeper?.advance(next);
    kept = { hash: next.hash, atMs: nowMs };
    if (news === undefined) return [];
    meters.settled(news.jobs);
    if (news.differences !== undefined) tellOf(news.differences);
    return news.jobs;
  }

  /** Another chain's node may answer at the same address now: what it says of our jobs and pools is not believed. */
  async function requireChain(): Promise<void> {
    const got = await client.chainId();
    if (got !== chainId)
      throw clientErrors.NODE_OF_OTHER_CHAIN({ node: client.name, got, expected: chainId });
  }

  /** What was told at the last look is not told again. */
  function tellOf(differences: readonly BookDifference[]): void {
    const told = new Set(bookDifferences?.map(textOf));
    bookDifferences = differences;
    meters.compared(differences.length);
    for (const each of differences.filter((difference) => !told.has(textOf(difference)))) {
      const { account, asset, booked, onChain } = each;
      log.error("the books differ from the chain", { account, asset, booked, onChain: String(onChain) });
    }
  }

  /** Undefined while nothing is new, or while the pools of factories are still being found. */
  async function lookAtChain(next: ChainBlock) {
    let head = next;
    if (watch === undefined) {
      if (!(await discovery.reach(next))) return undefined;
      if (live !== undefined) await beginBooks(next);
      watch = new PoolWatch(next, discovery.sources, terms, ports);
      // It may have taken some blocks' time to ask for the logs.
      head = await headOf(client);
    }
    try {
      const seen = await watch.next(head);
      missed = 0;
      if (seen === undefined) return undefined;
      counts.blocks += seen.added;
      for (const pool of keeper?.died(watch.head.height) ?? []) again.add(pool);
      const places = watch.placesOf(new Set([...seen.touched, ...again]));
      again.clear();
      return { watch, seen, findings: scan(watch, places) };
    } catch (error) {
      const isLost = isTrellisError(error) && LOST.has(error.code);
      if (watch.head.hash !== head.hash) missed += 1;
      if (!isLost && missed < MISSES_MAX) throw error;
      watch = undefined;
      missed = 0;
      counts.reopened += 1;
      log.warn("pools are read anew", { code: isTrellisError(error) ? error.code : String(error) });
      if (!isLost) throw error;
      return undefined;
    }
  }

  /** @param places of pools that were touched */
  function scan({ graph, head }: PoolWatch, places: Iterable<number>): Findings {
    const beganMs = clock.nowMs();
    const findings = findTrades(graph, places, head, prices, terms);
    meters.scanned(clock.nowMs() - beganMs);
    return findings;
  }

  async function beginBooks(block: ChainBlock): Promise<void> {
    const tokens = [...prices.keys()].map((asset) => ({ account: owner, asset }));
    const accounts = [{ account: executor, asset: "coin" as const }, ...tokens];
    await openBooks(ledger, client, accounts, { chainId, block, nowMs: clock.nowMs() });
  }

  /** Of a look at which nothing was found and nothing left out there is nothing to explain. */
  async function enterScan(
    { trades, found, examined, sized, truncated, dropped }: Findings,
    { height, hash, timeSeconds }: ChainBlock,
  ): Promise<void> {
    if (found === 0 && truncated.length === 0) return;
    const scan: ScanRecord = {
      ...{ chainId, block: { height, hash }, blockTimeMs: timeSeconds * 1_000 },
      ...{ found, examined, sized, trades: trades.length, truncated, dropped },
      scannedAtMs: clock.nowMs(),
    };
    const all = scanned?.block.hash === hash ? scanOfBoth(scanned, scan) : scan;
    await ledger.addScan(all);
    scanned = all;
  }

  function doubt({ route }: FoundTrade, judgement: Judgement): void {
    if (judgement.isGo) return;
    const { code, reason, unsound } = judgement;
    if (unsound?.pools.length === 0) watch?.exclude(unsound.token, reason);
    for (const pool of unsound?.pools ?? []) watch?.leaveOut(pool, reason);
    if (code === "arithmeticDiffers") for (const { pool } of route.hops) watch?.doubt(pool as PoolAddress);
  }

  function requested(request: RequestedTrade): FoundTrade {
    if (watch === undefined) throw engineErrors.ENGINE_CHAIN_EMPTY();
    return requestedTrade(request, watch, terms);
  }

  async function execute(request: RequestedTrade): Promise<TradeReport> {
    const trade = requested(request);
    await requireChain();
    const report = await trader.tradeNow(trade);
    meters.decided([report]);
    return report;
  }

  async function sample(): Promise<void> {
    if (watch === undefined || terms.sampleCount === 0) return;
    const { wrong } = await samplePools(watch.book, client, random, { count: terms.sampleCount });
    for (const { pool, difference } of wrong) {
      log.warn("a pool is not what its logs said", { pool, difference });
      watch.doubt(pool);
    }
  }

  function reportOf(
    block: ChainBlock,
    seen: Seen | undefined,
    findings: Findings,
    trades: readonly TradeReport[],
  ): BlockReport {
    return { ...findings, seen, block, trades, jobs: untold.splice(0) };
  }

  return {
    step: () => queue.run(step),
    simulate: (request) => queue.run(async () => trader.tryOne(requested(request))),
    execute: (request) => queue.run(() => execute(request)),
    change(rules) {
      terms = { ...terms, ...rules };
    },
    watch: () => watch,
    status: () => ({
      isLive: trader.isLive(),
      canBeLive: live !== undefined,
      head: watch?.head,
      pools: watch?.graph.pools.length ?? 0,
      stale: (watch?.stale ?? []).map(({ source, reason }) => ({ pool: source.address, reason })),
      excluded: watch?.excluded ?? new Map(),
      bookDifferences,
      ...counts,
    }),
  };
}

const NOTHING: Findings = { trades: [], found: 0, examined: 0, truncated: [], sized: 0, dropped: {} };

/** Two looks at one block: as pools are read, each looks at others. */
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
