export { BlockStream, type BranchChange } from "./BlockStream.ts";
export {
  type ArbitrageEngine,
  type BlockReport,
  createEngine,
  type EngineOptions,
  type EnginePorts,
  type EngineRules,
  type EngineStatus,
} from "./createEngine.ts";
export type { EngineWallet } from "./EngineWallets.ts";
export type { EvaluationOptions, ExecutionAccounts } from "./EvaluationOptions.ts";
export { engineErrors } from "./errors.ts";
export type { Evaluation } from "./evaluateTrade.ts";
export { type Drop, type Findings, type FindOptions, type FoundTrade, findTrades } from "./findTrades.ts";
export type { WatchedFactory } from "./PoolDiscovery.ts";
export { PoolWatch, type Seen, type WatchOptions, type WatchPorts } from "./PoolWatch.ts";
export { type RequestedTrade, requestedTrade } from "./requestedTrade.ts";
export { type RouteOptions, routeOfCycle } from "./routeOfCycle.ts";
export type { LivePorts, Reference, TradeReport, TrialReport, Verdict } from "./Trader.ts";
export { SKIP_CODES } from "./Trader.ts";
export type { JobUpdate } from "./TradeTracker.ts";
export { amountWorth, type TokenPrice, type TokenPrices, worthOf, worthOfAsset } from "./Worth.ts";
