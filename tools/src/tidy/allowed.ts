/** Exception from a size limit. An unused allowance is a finding. */
export interface Allowance {
  readonly file: string;
  /** Absent for the file. */
  readonly name?: string;
  readonly reason: string;
}

export const ALLOWED: readonly Allowance[] = [
  {
    file: "packages/arbitrage/src/ledger/fixtures/ledgerSuite.ts",
    name: "suite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/arbitrage/src/queue/fixtures/queueSuite.ts",
    name: "queueSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/arbitrage/src/simulation/fixtures/simulatorSuite.ts",
    name: "simulatorSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/arbitrage/src/submission/fixtures/nonceSlotStoreSuite.ts",
    name: "nonceSlotStoreSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/mining/src/heavy/keccakF1600.ts",
    name: "keccakF1600",
    reason: "a permutation written out lane by lane: a loop takes three times as long",
  },
  {
    file: "packages/reserves/src/anchoring/fixtures/anchorStoreSuite.ts",
    name: "anchorStoreSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/reserves/src/liabilities/fixtures/schemeCompliance.ts",
    name: "describeScheme",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/storage/src/store/storeCompliance.ts",
    name: "describeReading",
    reason: "a chapter of tests that every implementation passes",
  },
];
