import type { RiskState } from "./RiskState.ts";

export interface StoredRisk {
  readonly state: RiskState;
  readonly version: number;
}

export interface RiskStore {
  load(): Promise<StoredRisk | undefined>;
  /** @param over stored version, undefined for none @returns false if it differs */
  save(state: RiskState, over: number | undefined): Promise<boolean>;
}

export function createMemoryRiskStore(): RiskStore {
  let stored: StoredRisk | undefined;
  return {
    load: async () => stored,
    async save(state, over) {
      if (stored?.version !== over) return false;
      stored = { state, version: (over ?? 0) + 1 };
      return true;
    },
  };
}
