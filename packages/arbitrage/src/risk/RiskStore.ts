import type { RiskState } from "./RiskState.ts";

export interface StoredRisk {
  readonly state: RiskState;
  readonly version: number;
}

/** Port: the risk state that all workers on a chain share, durable. */
export interface RiskStore {
  /** Undefined when there is none yet. */
  load(): Promise<StoredRisk | undefined>;
  /** Writes over the version that it was decided from, undefined for none; false where another was first. */
  save(state: RiskState, over: number | undefined): Promise<boolean>;
}

/** Forgets when the process ends. */
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
