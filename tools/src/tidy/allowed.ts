/** An unused allowance is a finding. */
export interface Allowance {
  readonly file: string;
  /** Undefined for the whole file. */
  readonly name?: string;
  readonly reason: string;
}

export const ALLOWED: readonly Allowance[] = [
  {
    file: "packages/arbitrage/src/ledger/testing/ledgerSuite.ts",
    name: "suite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/arbitrage/src/queue/testing/queueSuite.ts",
    name: "queueSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/arbitrage/src/simulation/testing/simulatorSuite.ts",
    name: "simulatorSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/arbitrage/src/submission/testing/nonceSlotStoreSuite.ts",
    name: "nonceSlotStoreSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/mining/src/heavy/keccakF1600.ts",
    name: "keccakF1600",
    reason: "a permutation written out lane by lane: a loop takes three times as long",
  },
  {
    file: "packages/platform/src/keys/testing/holderSuite.ts",
    name: "holderSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/reserves/src/anchoring/testing/anchorStoreSuite.ts",
    name: "anchorStoreSuite",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/reserves/src/liabilities/testing/schemeCompliance.ts",
    name: "describeScheme",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/storage/src/store/testing/storeCompliance.ts",
    name: "describeReading",
    reason: "a chapter of tests that every implementation passes",
  },
  {
    file: "packages/chain/src/chain/createChain.ts",
    name: "createChain",
    reason: "composition: names the ports of each part, in order, without a branch",
  },
  {
    file: "packages/reserves/src/service/openReserves.ts",
    name: "openReserves",
    reason: "composition: opens the service's parts in order",
  },
  {
    file: "packages/arbitrage/src/service/openArbitrageAccess.ts",
    name: "openArbitrageAccess",
    reason: "composition: opens keys, limits, authentication and settings in order",
  },
];

export const TEST_ONLY: readonly Allowance[] = [
  ...["account/toKeyAgileAccount.ts", "finality/withVerifiedFinality.ts", "shards/verifyMessage.ts"].map(
    (file) => ({
      file: `packages/client/src/${file}`,
      reason: "users of the SDK call it",
    }),
  ),
  { file: "packages/crypto/src/tls/systemTrustedFetch.ts", reason: "users of the SDK call it" },
  {
    file: "packages/chain/src/shards/auditSupply.ts",
    reason: "blocks of networks with several shards will use it (ADR 0032)",
  },
  {
    file: "packages/reserves/src/anchoring/verifyAnchor.ts",
    reason: "programs of auditors call it",
  },
  {
    file: "packages/reserves/src/liabilities/plain/createDenseTree.ts",
    reason: "the plain scheme that benchmarks compare with",
  },
];
