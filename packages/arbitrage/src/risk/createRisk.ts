import type { Clock } from "@trellis/base";
import { assess, type RiskVerdict } from "./assess.ts";
import { riskErrors } from "./errors.ts";
import type { RiskLimits, RiskRequest } from "./RiskLimits.ts";
import {
  initialRisk,
  type RiskEvent,
  type RiskState,
  riskAfter,
  riskAt,
  type Settlement,
} from "./RiskState.ts";
import type { RiskStore } from "./RiskStore.ts";

export type KillSwitch = () => Promise<string | undefined>;

export interface RiskPorts {
  readonly store: RiskStore;
  readonly clock: Clock;
  readonly killSwitch: KillSwitch;
  readonly limits: () => RiskLimits;
}

/** Shared by a wallet's workers. Changes throw RISK_CONTENDED. */
export interface Risk {
  admit(request: RiskRequest): Promise<RiskVerdict>;
  assess(request: RiskRequest): Promise<RiskVerdict>;
  place(id: string, nonce: number): Promise<void>;
  /** Without a settlement, the trade is pending again. @param isFinal removes the trade */
  settle(id: string, settlement: Settlement | undefined, isFinal?: boolean): Promise<void>;
  inherit(from: RiskState): Promise<void>;
  kill(by: string, reason: string): Promise<void>;
  revive(): Promise<void>;
  /** @throws BREAKER_NOT_OPEN */
  closeBreaker(): Promise<void>;
  state(): Promise<RiskState>;
}

const ATTEMPTS_MAX = 50;

export function createRisk({ store, clock, killSwitch, limits }: RiskPorts): Risk {
  /** Decides again if another worker wrote first. */
  async function change<T>(
    decide: (state: RiskState, nowMs: number) => { next: RiskState; result: T },
  ): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const stored = await store.load();
      const nowMs = clock.nowMs();
      const before = stored?.state ?? initialRisk(nowMs);
      const { next, result } = decide(before, nowMs);
      if (next === before || (await store.save(next, stored?.version))) return result;
    }
    throw riskErrors.RISK_CONTENDED({ attempts: ATTEMPTS_MAX });
  }

  const apply = (event: RiskEvent): Promise<void> =>
    change((state, nowMs) => ({ next: riskAfter(state, event, limits(), nowMs), result: undefined }));

  return {
    async admit(request) {
      const killedBy = await killSwitch();
      if (killedBy !== undefined) await apply({ kind: "killed", by: "switch", reason: killedBy });
      return change((state, nowMs) => {
        const result = assess(state, request, limits(), nowMs);
        const next = result.isAdmitted
          ? riskAfter(state, { kind: "admitted", request }, limits(), nowMs)
          : state;
        return { next, result };
      });
    },
    async assess(request) {
      const killedBy = await killSwitch();
      const nowMs = clock.nowMs();
      const state = (await store.load())?.state ?? initialRisk(nowMs);
      const event = { kind: "killed", by: "switch", reason: killedBy ?? "" } as const;
      const before = killedBy === undefined ? state : riskAfter(state, event, limits(), nowMs);
      return assess(before, request, limits(), nowMs);
    },
    place: (id, nonce) => apply({ kind: "placed", id, nonce }),
    settle: (id, settlement, isFinal = false) => apply({ kind: "settled", id, settlement, isFinal }),
    inherit: (from) => apply({ kind: "inherited", from }),
    kill: (by, reason) => apply({ kind: "killed", by, reason }),
    revive: () => apply({ kind: "revived" }),
    closeBreaker: () =>
      change((state, nowMs) => {
        if (state.breaker === undefined) throw riskErrors.BREAKER_NOT_OPEN();
        return { next: riskAfter(state, { kind: "breakerClosed" }, limits(), nowMs), result: undefined };
      }),
    async state() {
      const nowMs = clock.nowMs();
      return riskAt((await store.load())?.state ?? initialRisk(nowMs), nowMs);
    },
  };
}
