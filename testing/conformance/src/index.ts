export { type PublishedCurve, parseCurves } from "./arbitrage/parseCurves.ts";
export { poolOfCurve } from "./arbitrage/poolOfCurve.ts";
export type { ConformanceResult, ConformanceSuite } from "./suite.ts";
