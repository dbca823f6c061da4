import { type Clock, type Hex, isTrellisError, type Log, silentTracing, type Tracing } from "@trellis/base";
import type { ChainBlock, ChainClient } from "@trellis/client";
import { encodeExecute } from "@trellis/contracts/arbitrage";
import type { Screening } from "../compliance/index.ts";
import { type ArbitrageLedger, type DecisionRecord, type Opportunity, PAPER } from "../ledger/index.ts";
import type { Pool, PoolAddress, TokenAddress } from "../pools/Pool.ts";
import type { PriceCheck, ReferencePrices } from "../prices/index.ts";
import type { Claim, TradeJob, TradeQueue } from "../queue/index.ts";
import type { Risk, RiskRequest } from "../risk/index.ts";
import { type Decision, decide } from "../simulation/index.ts";
import type { NonceSlotStore, Submitter } from "../submission/index.ts";
import { DecisionLog, type StageResult } from "./DecisionLog.ts";
import type { EvaluationOptions } from "./EvaluationOptions.ts";
import { type Evaluation, type EvaluationPorts, evaluateTrade } from "./evaluateTrade.ts";
import type { FoundTrade } from "./findTrades.ts";
import type { TradeTracker } from "./TradeTracker.ts";

export interface Reference extends Pick<ReferencePrices, "check"> {
  observe(block: ChainBlock, pools: Iterable<Pool>): Promise<void>;
}

export interface LivePorts {
  readonly submitter: Pick<Submitter, "submit" | "advance" | "isSettled">;
  readonly slots: NonceSlotStore;
}

export interface TraderOptions extends EvaluationOptions {
  readonly chainId: number;
  readonly tradesMax: number;
  readonly mayTrade: boolean;
}

export interface TraderPorts extends EvaluationPorts {
  readonly client: Pick<ChainClient, "suggestedTipWei">;
  readonly ledger: ArbitrageLedger;
  readonly risk: Risk;
  readonly screening: Screening;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracing?: Tracing | undefined;
  readonly live: (LivePorts & { readonly tracker: TradeTracker }) | undefined;
  readonly reference: Pick<Reference, "check"> | undefined;
  readonly queue: TradeQueue;
  /** Wallets whose unsettled trades prevent new trades. */
  readonly formerWallets: () => readonly Hex[];
  readonly invalidate: (trade: FoundTrade, evaluation: Evaluation) => void;
  readonly rescan: (pools: readonly PoolAddress[]) => void;
}

export interface TradeReport extends FoundTrade, Verdict {}

export interface Verdict {
  readonly outcome: "refused" | "recorded" | "submitted";
  readonly code: string;
  readonly reason: string;
}

export interface TrialReport extends FoundTrade {
  readonly isGo: boolean;
  readonly code: string;
  readonly reason: string;
  readonly evaluation: Evaluation | undefined;
}

const BEYOND_TRADES_MAX = "beyondTradesMax";
/** A more valuable trade through the pool usually closes the same price gap. */
const POOL_TAKEN = "poolTaken";
/** [ARB-41] */
const WALLET_CHANGING = "walletChanging";
const BELOW_THRESHOLD = "belowThreshold";

export const SKIP_CODES: ReadonlySet<string> = new Set([
  BEYOND_TRADES_MAX,
  POOL_TAKEN,
  WALLET_CHANGING,
  BELOW_THRESHOLD,
]);

/** [ARB-33] */
export class Trader {
  readonly #options: () => TraderOptions;
  readonly #ports: TraderPorts;
  readonly #decisions: DecisionLog;
  readonly #found = new Map<string, FoundTrade>();

  constructor(options: () => TraderOptions, ports: TraderPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#decisions = new DecisionLog(ports);
  }

  isLive(): boolean {
    return this.#ports.live !== undefined && this.#options().mayTrade;
  }

  async tradeAll(trades: readonly FoundTrade[], block: ChainBlock): Promise<readonly TradeReport[]> {
    const { tradesMax, thresholdWei } = this.#options();
    const paying = trades.filter((trade) => this.#canPayWithoutGas(trade));
    const chosen = paying.slice(0, tradesMax);
    for (const trade of chosen) this.#found.set(trade.id, trade);
    await this.#ports.queue.offer(chosen.map(jobOf));
    const beyondReason = `${tradesMax} trades of this block are worth more, and no more are simulated`;
    const thresholdReason = `profit minus margin not above ${thresholdWei}, even without gas`;
    return this.processClaims(block, [
      ...paying.slice(tradesMax).map((trade) => skippedReport(trade, BEYOND_TRADES_MAX, beyondReason)),
      ...trades
        .filter((trade) => !this.#canPayWithoutGas(trade))
        .map((trade) => skippedReport(trade, BELOW_THRESHOLD, thresholdReason)),
    ]);
  }

  #canPayWithoutGas({ profitWei }: FoundTrade): boolean {
    const { marginPpm, thresholdWei } = this.#options();
    const free = { flashFeeWei: 0n, gasUsed: 0n, gasPriceWei: 0n, l1FeeWei: 0n };
    return decide({ profitWei, ...free, marginPpm, thresholdWei }).isGo;
  }

  /** Accepts at most one trade per pool. @param beyond trades to record as skipped */
  async processClaims(
    block: ChainBlock,
    beyond: readonly TradeReport[] = [],
  ): Promise<readonly TradeReport[]> {
    const { queue, live } = this.#ports;
    for (const trade of this.#found.values())
      if (lastBlockOf(trade) <= block.height) this.#found.delete(trade.id);
    const taken = new Map(live?.tracker.busyPoolsAfter(block.height));
    const reports: TradeReport[] = [];
    const skips: Skip[] = [];
    let gasPriceWei: bigint | undefined;
    for (;;) {
      const claim = this.#found.size === 0 ? undefined : await queue.claim(block.height);
      if (claim === undefined) break;
      const trade = this.#found.get(claim.job.id);
      // This worker has not seen the trade's block.
      if (trade === undefined) {
        await queue.pass(claim);
        continue;
      }
      const skipped = this.#skippedOf(trade, taken);
      if (skipped !== undefined) {
        skips.push({ claim, report: skipped });
        continue;
      }
      reports.push(...(await this.#skip(skips.splice(0))));
      gasPriceWei ??= await this.#gasPriceAfter(block);
      const report = await this.#decideOn(trade, gasPriceWei);
      reports.push(report);
      if (report.outcome !== "refused") for (const pool of poolsOf(trade)) taken.set(pool, trade.id);
      await queue.finish(claim);
    }
    return [...reports, ...(await this.#skip(skips, beyond))];
  }

  async tradeNow(trade: FoundTrade): Promise<TradeReport> {
    const skipped = this.#skippedOf(
      trade,
      new Map(this.#ports.live?.tracker.busyPoolsAfter(trade.block.height)),
    );
    if (skipped === undefined) return this.#decideOn(trade, await this.#gasPriceAfter(trade.block));
    await this.#skip([], [skipped]);
    return skipped;
  }

  async #decideOn(trade: FoundTrade, gasPriceWei: bigint): Promise<TradeReport> {
    await this.#ports.ledger.addOpportunity(this.#opportunityOf(trade));
    const report: TradeReport = { ...trade, ...(await this.#tradeOne(trade, gasPriceWei)) };
    this.#logReport(report);
    return report;
  }

  #skippedOf(trade: FoundTrade, taken: ReadonlyMap<PoolAddress, string>): TradeReport | undefined {
    const [former] = this.#ports.formerWallets();
    if (former !== undefined) {
      this.#ports.rescan(poolsOf(trade));
      return skippedReport(trade, WALLET_CHANGING, `trades of the former wallet ${former} are not settled`);
    }
    const rival = poolsOf(trade).find((pool) => taken.has(pool));
    return rival && skippedReport(trade, POOL_TAKEN, `pool ${rival} is in use by ${taken.get(rival)}`);
  }

  async #skip(skips: readonly Skip[], others: readonly TradeReport[] = []): Promise<readonly TradeReport[]> {
    const reports = [...skips.map(({ report }) => report), ...others];
    await this.#ports.ledger.addSkipped(
      reports.map((report) => ({
        opportunity: this.#opportunityOf(report),
        decision: this.#decisions.refusal({ stage: "choice", code: report.code, reason: report.reason }),
      })),
    );
    for (const { claim, report } of skips) {
      await this.#ports.queue.finish(claim);
      this.#logReport(report);
    }
    return reports;
  }

  async #gasPriceAfter(block: ChainBlock): Promise<bigint> {
    return nextGasPrice(block, await this.#ports.client.suggestedTipWei());
  }

  async #tradeOne(trade: FoundTrade, gasPriceWei: bigint): Promise<Verdict> {
    const screened = await this.#ports.screening(this.#partiesOf(trade));
    if (screened !== undefined) return this.#refuse(trade, { stage: "compliance", ...screened });
    try {
      const { tracing = silentTracing } = this.#ports;
      const facts = { "trellis.trade.id": trade.id };
      const evaluation = await tracing.span("arbitrage.simulate", { facts }, () =>
        evaluateTrade(trade, gasPriceWei, this.#options(), this.#ports),
      );
      if (evaluation.simulation !== undefined)
        await this.#ports.ledger.addSimulation(trade.id, {
          ...evaluation.simulation,
          simulator: this.#ports.simulator.name,
          simulatedAtMs: this.#ports.clock.nowMs(),
        });
      const { code, reason, decision } = evaluation;
      const result = { stage: "worth", code, reason, figures: figuresOf(decision) } as const;
      if (!evaluation.isGo) {
        this.#ports.invalidate(trade, evaluation);
        return this.#refuse(trade, result);
      }
      await this.#decisions.accept(trade.id, result);
      return await this.#admit(trade, evaluation, gasPriceWei);
    } catch (error) {
      // The error may be temporary: scan the pools again.
      if (!isTrellisError(error) || error.consequence === "fatal") throw error;
      this.#ports.rescan(poolsOf(trade));
      return this.#refuse(trade, { stage: "worth", code: error.code, reason: reasonOf(error) });
    }
  }

  async #admit(trade: FoundTrade, offer: Offer, gasPriceWei: bigint): Promise<Verdict> {
    const request = this.#requestOf(trade, offer, gasPriceWei);
    const sender = this.isLive() ? this.#ports.live : undefined;
    // Reserves nothing in paper mode, where nothing would release it.
    const verdict = await (sender === undefined
      ? this.#ports.risk.assess(request)
      : this.#ports.risk.admit(request));
    const { isAdmitted, reason } = verdict;
    const { notionalWei, gasWeiMax, blockTimeMs } = request;
    const figures = { notionalWei, gasWeiMax, gasPriceWei, blockTimeMs };
    if (!isAdmitted) return this.#refuse(trade, { stage: "risk", code: codeOf(verdict), reason, figures });
    await this.#decisions.accept(trade.id, { stage: "risk", code: "admitted", reason, figures });
    if (sender !== undefined) {
      const { tracing = silentTracing } = this.#ports;
      const facts = { "trellis.trade.id": trade.id };
      return tracing.span("arbitrage.submit", { facts }, () => {
        tracing.remember(trade.id);
        return this.#submit(trade, request, offer, sender);
      });
    }
    const why =
      this.#ports.live === undefined
        ? "no trading key"
        : "live trading not permitted for this chain and wallet";
    const recorded = { code: PAPER, reason: `paper: ${why}` };
    await this.#decisions.refuse(trade.id, { stage: "submission", ...recorded });
    return { outcome: "recorded", ...recorded };
  }

  async #submit(
    trade: FoundTrade,
    request: RiskRequest,
    { gasLimit, feeLimitWei }: Offer,
    { tracker, submitter, slots }: NonNullable<TraderPorts["live"]>,
  ): Promise<Verdict> {
    const { id, route } = trade;
    const lastBlock = lastBlockOf(trade);
    const { number: height, hash } = route.anchor;
    tracker.track(request, route);
    try {
      const call = { to: this.#options().arbitrageur, data: encodeExecute(route) };
      const { nonce } = await submitter.submit({
        id,
        call,
        lastBlock,
        gasLimit,
        feeLimitWei,
        ...(hash !== undefined && { anchor: { height, hash } }),
      });
      await this.#ports.risk.place(id, nonce);
      return await this.#submitted(id, `nonce ${nonce}, up to block ${lastBlock}`);
    } catch (error) {
      // A trade in the journal may still be sent.
      if ((await slots.findJob(id)) !== undefined) return this.#submitted(id, reasonOf(error));
      await tracker.drop(id);
      if (!isTrellisError(error)) throw error;
      this.#ports.rescan(poolsOf(trade));
      return this.#refuse(trade, { stage: "submission", code: error.code, reason: reasonOf(error) });
    }
  }

  async #submitted(id: string, reason: string): Promise<Verdict> {
    await this.#decisions.accept(id, { stage: "submission", code: "submitted", reason });
    return { outcome: "submitted", code: "submitted", reason };
  }

  async #refuse({ id }: FoundTrade, result: StageResult): Promise<Verdict> {
    await this.#decisions.refuse(id, result);
    return { outcome: "refused", code: result.code, reason: result.reason };
  }

  #opportunityOf({ id, block: { height, hash }, route, sized }: FoundTrade): Opportunity {
    const { chainId } = this.#options();
    const expectedProfit = sized.profit;
    return {
      id,
      chainId,
      block: { height, hash },
      route,
      expectedProfit,
      foundAtMs: this.#ports.clock.nowMs(),
    };
  }

  #partiesOf(trade: FoundTrade) {
    const { chainId, arbitrageur, executor, owner } = this.#options();
    const tokens = trade.route.hops.map(({ tokenIn }) => tokenIn as TokenAddress);
    return { chainId, tokens, pools: poolsOf(trade), accounts: [arbitrageur, executor, owner] };
  }

  #requestOf(
    trade: FoundTrade,
    { gasLimit, feeLimitWei, decision }: Offer,
    gasPriceWei: bigint,
  ): RiskRequest {
    const { id, token, notionalWei, block } = trade;
    const check = this.#checkPrice(token as TokenAddress);
    return {
      id,
      token,
      notionalWei,
      gasPriceWei,
      pools: poolsOf(trade),
      height: block.height,
      lastBlock: lastBlockOf(trade),
      gasWeiMax: gasLimit * feeLimitWei + (decision?.l1FeeWei ?? 0n),
      blockTimeMs: block.timeSeconds * 1_000,
      priceDeviationPpm: check.deviationPpm,
      ...(check.deviationPpm === undefined && { priceReason: check.reason }),
    };
  }

  #checkPrice(token: TokenAddress): PriceCheck {
    const price = this.#options().prices.get(token);
    if (this.#ports.reference === undefined || price === undefined) return { deviationPpm: 0 };
    return this.#ports.reference.check(token, Number(price.wei) / Number(price.amount));
  }

  #logReport({ id, block, route, token, sized, profitWei, outcome, code, reason }: TradeReport): void {
    const { amountIn } = route;
    const figures = { amountIn, expectedProfit: sized.profit, profitWei };
    this.#ports.log.info("trade.decided", {
      id,
      height: block.height,
      token,
      ...figures,
      outcome,
      code,
      reason,
    });
  }

  async dryRun(trade: FoundTrade): Promise<TrialReport> {
    const screened = await this.#ports.screening(this.#partiesOf(trade));
    if (screened !== undefined) return { ...trade, isGo: false, ...screened, evaluation: undefined };
    const gasPriceWei = await this.#gasPriceAfter(trade.block);
    const evaluation = await evaluateTrade(trade, gasPriceWei, this.#options(), this.#ports);
    if (!evaluation.isGo) return { ...trade, isGo: false, ...explanationOf(evaluation), evaluation };
    const verdict = await this.#ports.risk.assess(this.#requestOf(trade, evaluation, gasPriceWei));
    const explanation = verdict.isAdmitted
      ? explanationOf(evaluation)
      : { code: codeOf(verdict), reason: verdict.reason };
    return { ...trade, isGo: verdict.isAdmitted, ...explanation, evaluation };
  }
}

interface Skip {
  readonly claim: Claim;
  readonly report: TradeReport;
}

function skippedReport(trade: FoundTrade, code: string, reason: string): TradeReport {
  return { ...trade, outcome: "refused", code, reason };
}

type Offer = Pick<Extract<Evaluation, { readonly isGo: true }>, "gasLimit" | "feeLimitWei" | "decision">;

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

function explanationOf({ code, reason }: Evaluation): { readonly code: string; readonly reason: string } {
  return { code, reason };
}

function figuresOf(decision: Decision | undefined): DecisionRecord["figures"] {
  if (decision === undefined) return {};
  const { isGo: _, reason: __, ...figures } = decision;
  return figures;
}

/** Base fees rise by at most an eighth per block (EIP-1559). */
function nextGasPrice({ baseFeeWei = 0n }: ChainBlock, tipWei: bigint): bigint {
  return baseFeeWei + baseFeeWei / 8n + 1n + tipWei;
}

function reasonOf(error: unknown): string {
  return isTrellisError(error) ? `${error.code}: ${error.message}` : "the relay failed";
}
