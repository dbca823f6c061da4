export { assess, REFUSALS, type Refusal, type RiskVerdict } from "./assess.ts";
export { createRisk, type KillSwitch, type Risk, type RiskPorts } from "./createRisk.ts";
export { riskErrors } from "./errors.ts";
export { limitsUsed, USED_LIMITS, type UsedLimit } from "./limitsUsed.ts";
export { openRiskStore } from "./openRiskStore.ts";
export type { RiskLimits, RiskRequest } from "./RiskLimits.ts";
export {
  initialRisk,
  isSettledAlike,
  type RiskEvent,
  type RiskState,
  riskAfter,
  riskAt,
  type Settlement,
  type Stop,
} from "./RiskState.ts";
export { createMemoryRiskStore, type RiskStore, type StoredRisk } from "./RiskStore.ts";
export { openKillFile } from "./systemKillFile.ts";
