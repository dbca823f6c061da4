import { type Clock, isTrellisError, type Log } from "@trellis/base";
import type { ChainBlock, ChainClient } from "@trellis/client";
import { encodeExecute } from "@trellis/contracts/arbitrage";
import type { Screening } from "../compliance/index.ts";
import { type ArbitrageLedger, type DecisionRecord, type Opportunity, PAPER } from "../ledger/index.ts";
import type { Pool, PoolAddress, TokenAddress } from "../pools/Pool.ts";
import type { PriceCheck, ReferencePrices } from "../prices/index.ts";
import type { Claim, TradeJob, TradeQueue } from "../queue/index.ts";
import type { Risk, RiskRequest } from "../risk/index.ts";
import { type Decision, decide } from "../simulation/index.ts";
import type { SlotStore, Submitter } from "../submission/index.ts";
import type { JobKeeper } from "./createJobKeeper.ts";
import type { FoundTrade } from "./findTrades.ts";
import type { JudgeTerms } from "./JudgeTerms.ts";
import { type Judgement, type JudgePorts, judgeTrade } from "./judgeTrade.ts";

/** What tokens are worth by others than the settings. */
export interface Reference extends Pick<ReferencePrices, "check"> {
  /** The pools' state after a block. */
  observe(block: ChainBlock, pools: Iterable<Pool>): Promise<void>;
}

/** What trades with money needs beside. */
export interface LivePorts {
  readonly submitter: Submitter;
  readonly slots: SlotStore;
}

export interface TraderTerms extends JudgeTerms {
  readonly chainId: number;
  /** Most trades of a block that are simulated. */
  readonly tradesMax: number;
  /** Whether money is used, where there is a key. */
  readonly mayTrade: boolean;
}

export interface TraderPorts extends JudgePorts {
  readonly client: Pick<ChainClient, "suggestedTipWei">;
  readonly ledger: ArbitrageLedger;
  readonly risk: Risk;
  readonly screening: Screening;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined where there is no key: on paper. */
  readonly live: (LivePorts & { readonly keeper: JobKeeper }) | undefined;
  /** Undefined where the coin is the only token that profits are in: there is nothing to compare. */
  readonly reference: Pick<Reference, "check"> | undefined;
  /** Which of the workers that find the same trades works on which. */
  readonly queue: TradeQueue;
  /** What a judgement says of the pools that it is about. */
  readonly doubt: (trade: FoundTrade, judgement: Judgement) => void;
  /** Pools of a trade that failed for what passes. */
  readonly lookAgain: (pools: readonly PoolAddress[]) => void;
}

/** What became of a trade in the block that it was found in. */
export interface TradeReport extends FoundTrade, Verdict {}

export interface Verdict {
  /** `recorded`: on paper it would have been submitted. */
  readonly outcome: "refused" | "recorded" | "submitted";
  readonly code: string;
  readonly reason: string;
}

/** What a trade would come to, without anything being entered, held or sent. */
export interface TrialReport extends FoundTrade {
  readonly isGo: boolean;
  readonly code: string;
  readonly reason: string;
  readonly judgement: Judgement | undefined;
}

type Figures = DecisionRecord["figures"];

/** Of trades that more valuable ones of their block left no place for. */
const BEYOND_TRADES_MAX = "beyondTradesMax";
/** Of trades through a pool that a more valuable one has: mostly they close the same gap. */
const POOL_TAKEN = "poolTaken";
/** Of trades that would not pay if gas were free. */
const BELOW_THRESHOLD = "belowThreshold";

/** Why trades are passed over that nothing was asked of, however many a block has. */
export const UNASKED: ReadonlySet<string> = new Set([BEYOND_TRADES_MAX, POOL_TAKEN, BELOW_THRESHOLD]);

/** Decides of trades that were found, enters why, and hands in those that may be made. [ARB-33] */
export function createTrader(terms: () => TraderTerms, ports: TraderPorts) {
  const { client, ledger, risk, screening, clock, log, live, queue } = ports;
  const isLive = (): boolean => live !== undefined && terms().mayTrade;

  /** Trades of this worker that are alive, whoever works on them. */
  const found = new Map<string, FoundTrade>();

  /** Offers what was found to all workers, and does what this one gets of it. */
  async function tradeAll(trades: readonly FoundTrade[], block: ChainBlock): Promise<readonly TradeReport[]> {
    const { tradesMax, thresholdWei } = terms();
    const paying = trades.filter(canPay);
    const chosen = paying.slice(0, tradesMax);
    for (const trade of chosen) found.set(trade.id, trade);
    await queue.offer(chosen.map(jobOf));
    const noPlace = `${tradesMax} trades of this block are worth more, and no more are simulated`;
    const tooLittle = `its profit less the margin is not above ${thresholdWei}, whatever gas costs`;
    return takeUp(block, [
      ...paying.slice(tradesMax).map((trade) => passedOver(trade, BEYOND_TRADES_MAX, noPlace)),
      ...trades
        .filter((trade) => !canPay(trade))
        .map((trade) => passedOver(trade, BELOW_THRESHOLD, tooLittle)),
    ]);
  }

  /** Whether a simulation can find it worth it: without gas it is. */
  function canPay({ profitWei }: FoundTrade): boolean {
    const { marginPpm, thresholdWei } = terms();
    const free = { flashFeeWei: 0n, gasUsed: 0n, gasPriceWei: 0n, l1FeeWei: 0n };
    return decide({ profitWei, ...free, marginPpm, thresholdWei }).isGo;
  }

  /**
   * What nobody has, or whose worker is gone; each pool is for one trade at a time.
   * @param beyond trades that are passed over whoever has which
   */
  async function takeUp(
    block: ChainBlock,
    beyond: readonly TradeReport[] = [],
  ): Promise<readonly TradeReport[]> {
    for (const trade of found.values()) if (lastBlockOf(trade) <= block.height) found.delete(trade.id);
    const taken = new Map(live?.keeper.takenAfter(block.height));
    const reports: TradeReport[] = [];
    const rivals: Rival[] = [];
    let gasPriceWei: bigint | undefined;
    for (;;) {
      const claim = found.size === 0 ? undefined : await queue.claim(block.height);
      if (claim === undefined) break;
      const trade = found.get(claim.job.id);
      // Another worker sees a block that this one does not.
      if (trade === undefined) {
        await queue.pass(claim);
        continue;
      }
      const rivalry = rivalryOf(trade, taken);
      if (rivalry !== undefined) {
        rivals.push({ claim, report: rivalry });
        continue;
      }
      // No claim is held through what takes long.
      reports.push(...(await passOver(rivals.splice(0))));
      gasPriceWei ??= await gasPriceAfter(block);
      const report = await decideOn(trade, gasPriceWei);
      reports.push(report);
      if (report.outcome !== "refused") for (const pool of poolsOf(trade)) taken.set(pool, trade.id);
      await queue.finish(claim);
    }
    return [...reports, ...(await passOver(rivals, beyond))];
  }

  /** A trade that somebody asks for is this worker's own. */
  async function tradeNow(trade: FoundTrade): Promise<TradeReport> {
    const rivalry = rivalryOf(trade, new Map(live?.keeper.takenAfter(trade.block.height)));
    if (rivalry === undefined) return decideOn(trade, await gasPriceAfter(trade.block));
    await passOver([], [rivalry]);
    return rivalry;
  }

  async function decideOn(trade: FoundTrade, gasPriceWei: bigint): Promise<TradeReport> {
    await ledger.addOpportunity(opportunityOf(trade));
    const report: TradeReport = { ...trade, ...(await tradeOne(trade, gasPriceWei)) };
    tell(report);
    return report;
  }

  /** Undefined where no trade on its way has a pool of this one. */
  function rivalryOf(trade: FoundTrade, taken: ReadonlyMap<PoolAddress, string>): TradeReport | undefined {
    const rival = poolsOf(trade).find((pool) => taken.has(pool));
    return rival && passedOver(trade, POOL_TAKEN, `pool ${rival} is taken by ${taken.get(rival)}`);
  }

  /** Enters those that nothing was asked of, all at once. */
  async function passOver(
    rivals: readonly Rival[],
    others: readonly TradeReport[] = [],
  ): Promise<readonly TradeReport[]> {
    const reports = [...rivals.map(({ report }) => report), ...others];
    await ledger.addPassedOver(
      reports.map((report) => ({
        opportunity: opportunityOf(report),
        decision: recordOf("choice", false, report.code, report.reason, {}),
      })),
    );
    for (const { claim, report } of rivals) {
      await queue.finish(claim);
      tell(report);
    }
    return reports;
  }

  /** What a unit of gas may cost in the block after this one. */
  async function gasPriceAfter(block: ChainBlock): Promise<bigint> {
    return nextGasPrice(block, await client.suggestedTipWei());
  }

  async function tradeOne(trade: FoundTrade, gasPriceWei: bigint): Promise<Verdict> {
    const screened = await screening(partiesOf(trade));
    if (screened !== undefined) return refuse(trade, "compliance", screened.code, screened.reason);
    try {
      const judged = await judgeTrade(trade, gasPriceWei, terms(), ports);
      if (judged.simulation !== undefined)
        await ledger.addSimulation(trade.id, {
          ...judged.simulation,
          ...{ simulator: ports.simulator.name, simulatedAtMs: clock.nowMs() },
        });
      if (!judged.isGo) {
        ports.doubt(trade, judged);
        return refuse(trade, "worth", judged.code, judged.reason, figuresOf(judged.decision));
      }
      await note(trade.id, "worth", true, judged.code, judged.reason, figuresOf(judged.decision));
      return await admit(trade, judged, gasPriceWei);
    } catch (error) {
      // The block is gone, or the node is: what was found in its state is dead.
      if (!isTrellisError(error) || error.consequence === "fatal") throw error;
      ports.lookAgain(poolsOf(trade));
      return refuse(trade, "worth", error.code, reasonOf(error));
    }
  }

  async function admit(trade: FoundTrade, offer: Offer, gasPriceWei: bigint): Promise<Verdict> {
    const request = requestOf(trade, offer, gasPriceWei);
    const sender = isLive() ? live : undefined;
    // On paper nothing is held, so that a process that ends here leaves nothing behind which nobody would free.
    const verdict = await (sender === undefined ? risk.assess(request) : risk.admit(request));
    const { isAdmitted, reason } = verdict;
    const { notionalWei, gasWeiMax, blockTimeMs } = request;
    const figures = { notionalWei, gasWeiMax, gasPriceWei, blockTimeMs };
    if (!isAdmitted) return refuse(trade, "risk", codeOf(verdict), reason, figures);
    await note(trade.id, "risk", true, "admitted", reason, figures);
    if (sender !== undefined) return submit(trade, request, offer, sender);
    const why = live === undefined ? "there is no key" : "money is not switched on for this chain and wallet";
    const verdictOnPaper = { outcome: "recorded", code: PAPER, reason: `paper: ${why}` } as const;
    await note(trade.id, "submission", false, PAPER, verdictOnPaper.reason);
    return verdictOnPaper;
  }

  async function submit(
    trade: FoundTrade,
    request: RiskRequest,
    { gasLimit, feeLimitWei }: Offer,
    { keeper, submitter, slots }: NonNullable<TraderPorts["live"]>,
  ): Promise<Verdict> {
    const { id, route } = trade;
    const lastBlock = lastBlockOf(trade);
    const { number: height, hash } = route.anchor;
    keeper.keep(request, route);
    try {
      const call = { to: terms().arbitrageur, data: encodeExecute(route) };
      const { nonce } = await submitter.submit({
        ...{ id, call, lastBlock, gasLimit, feeLimitWei },
        ...(hash !== undefined && { anchor: { height, hash } }),
      });
      await risk.place(id, nonce);
      return await submitted(id, `nonce ${nonce}, up to block ${lastBlock}`);
    } catch (error) {
      // What is in the journal may be on its way, whatever failed afterwards.
      if ((await slots.findJob(id)) !== undefined) return submitted(id, reasonOf(error));
      await keeper.drop(id);
      if (!isTrellisError(error)) throw error;
      ports.lookAgain(poolsOf(trade));
      return refuse(trade, "submission", error.code, reasonOf(error));
    }
  }

  async function submitted(id: string, reason: string): Promise<Verdict> {
    await note(id, "submission", true, "submitted", reason);
    return { outcome: "submitted", code: "submitted", reason };
  }

  async function refuse(
    { id }: FoundTrade,
    stage: DecisionRecord["stage"],
    code: string,
    reason: string,
    figures: Figures = {},
  ): Promise<Verdict> {
    await note(id, stage, false, code, reason, figures);
    return { outcome: "refused", code, reason };
  }

  function note(
    id: string,
    stage: DecisionRecord["stage"],
    isGo: boolean,
    code: string,
    reason: string,
    figures: Figures = {},
  ): Promise<void> {
    return ledger.addDecision(id, recordOf(stage, isGo, code, reason, figures));
  }

  function recordOf(
    stage: DecisionRecord["stage"],
    isGo: boolean,
    code: string,
    reason: string,
    figures: Figures,
  ): DecisionRecord {
    return { stage, isGo, code, reason, figures, decidedAtMs: clock.nowMs() };
  }

  function opportunityOf({ id, block: { height, hash }, route, sized }: FoundTrade): Opportunity {
    const { chainId } = terms();
    const expectedProfit = sized.profit;
    return { id, chainId, block: { height, hash }, route, expectedProfit, foundAtMs: clock.nowMs() };
  }

  function partiesOf(trade: FoundTrade) {
    const { chainId, arbitrageur, executor, owner } = terms();
    const tokens = trade.route.hops.map(({ tokenIn }) => tokenIn as TokenAddress);
    return { chainId, tokens, pools: poolsOf(trade), accounts: [arbitrageur, executor, owner] };
  }

  function requestOf(
    trade: FoundTrade,
    { gasLimit, feeLimitWei, decision }: Offer,
    gasPriceWei: bigint,
  ): RiskRequest {
    const { id, token, notionalWei, block } = trade;
    const check = checkPrice(token as TokenAddress);
    return {
      ...{ id, token, notionalWei, gasPriceWei, pools: poolsOf(trade) },
      ...{ height: block.height, lastBlock: lastBlockOf(trade) },
      gasWeiMax: gasLimit * feeLimitWei + (decision?.l1FeeWei ?? 0n),
      blockTimeMs: block.timeSeconds * 1_000,
      priceDeviationPpm: check.deviationPpm,
      ...(check.deviationPpm === undefined && { priceReason: check.reason }),
    };
  }

  function checkPrice(token: TokenAddress): PriceCheck {
    const price = terms().prices.get(token);
    if (ports.reference === undefined || price === undefined) return { deviationPpm: 0 };
    return ports.reference.check(token, Number(price.wei) / Number(price.amount));
  }

  function tell({ id, block, route, token, sized, profitWei, outcome, code, reason }: TradeReport): void {
    const { amountIn } = route;
    const figures = { amountIn, expectedProfit: sized.profit, profitWei };
    log.info("trade", { id, height: block.height, token, ...figures, outcome, code, reason });
  }

  /** The same questions, with nothing entered, held or sent. @throws what judging throws */
  async function tryOne(trade: FoundTrade): Promise<TrialReport> {
    const screened = await screening(partiesOf(trade));
    if (screened !== undefined) return { ...trade, isGo: false, ...screened, judgement: undefined };
    const gasPriceWei = await gasPriceAfter(trade.block);
    const judgement = await judgeTrade(trade, gasPriceWei, terms(), ports);
    if (!judgement.isGo) return { ...trade, isGo: false, ...saidBy(judgement), judgement };
    const verdict = await risk.assess(requestOf(trade, judgement, gasPriceWei));
    const said = verdict.isAdmitted ? saidBy(judgement) : { code: codeOf(verdict), reason: verdict.reason };
    return { ...trade, isGo: verdict.isAdmitted, ...said, judgement };
  }

  return { tradeAll, takeUp, tradeNow, tryOne, isLive };
}

/** A trade through a pool that another one has, and the claim that ends when that is entered. */
interface Rival {
  readonly claim: Claim;
  readonly report: TradeReport;
}

function passedOver(trade: FoundTrade, code: string, reason: string): TradeReport {
  return { ...trade, outcome: "refused", code, reason };
}

type Offer = Pick<Extract<Judgement, { readonly isGo: true }>, "gasLimit" | "feeLimitWei" | "decision">;

function jobOf(trade: FoundTrade): TradeJob {
  const { id, block, profitWei } = trade;
  const { height, hash } = block;
  return { id, block: { height, hash }, lastBlock: lastBlockOf(trade), worthWei: profitWei };
}

function lastBlockOf({ route }: FoundTrade): number {
  return route.anchor.number + route.windowBlocks;
}

function poolsOf({ route }: FoundTrade): PoolAddress[] {
  return route.hops.map(({ pool }) => pool as PoolAddress);
}

function codeOf({ refusals }: { readonly refusals: readonly { readonly refusal: string }[] }): string {
  return refusals.map(({ refusal }) => refusal).join(" ");
}

function saidBy({ code, reason }: Judgement): { readonly code: string; readonly reason: string } {
  return { code, reason };
}

function figuresOf(decision: Decision | undefined): Figures {
  if (decision === undefined) return {};
  const { isGo: _, reason: __, ...figures } = decision;
  return figures;
}

/** The most that a unit of gas costs in the next block: base fees grow by an eighth at most (EIP-1559). */
function nextGasPrice({ baseFeeWei = 0n }: ChainBlock, tipWei: bigint): bigint {
  return baseFeeWei + baseFeeWei / 8n + 1n + tipWei;
}

function reasonOf(error: unknown): string {
  return isTrellisError(error) ? `${error.code}: ${error.message}` : "the relay failed";
}
