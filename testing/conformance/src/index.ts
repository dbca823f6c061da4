export type { ConformanceResult, ConformanceSuite } from "./suite.ts";
