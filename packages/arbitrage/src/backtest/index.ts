export type { RecordedSession, RecordingEntry } from "./entries.ts";
export { backtestErrors } from "./errors.ts";
export type { EngineMarket } from "./Market.ts";
export { type MarketRecorder, recordMarket } from "./recordMarket.ts";
export { type HistoryOptions, replayHistory } from "./replayHistory.ts";
export { replayRecording } from "./replayRecording.ts";
export { backtestCsv, backtestJson } from "./report.ts";
export {
  type Backtest,
  type BacktestSummary,
  type BacktestTrade,
  type PastMarket,
  requireEvaluated,
  runBacktest,
} from "./runBacktest.ts";
export { openRecordingFile, type RecordingFile, readRecordingFile } from "./systemRecordingFile.ts";
