export { createTradingWatch, type TradingWatch, type TradingWatchPorts } from "./createTradingWatch.ts";
