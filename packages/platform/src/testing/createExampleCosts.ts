import type { CostRoutePorts } from "../cost/index.ts";

const PRICES = {
  currency: "EUR",
  cpuHour: "0.04",
  millionRequests: "1.25",
  gigabyte: "0.09",
  gigabyteMonth: "0.02",
  gasToken: "2500",
};
const USAGE = {
  requests: 2_000_000n,
  bytesIn: 10n ** 9n,
  bytesOut: 10n ** 10n,
  cpuMicros: 3_600_000_000n,
  storedBytes: 30n * 10n ** 9n,
  gasWei: 10n ** 15n,
};

/** One day of one caller. */
export function createExampleCosts(service: string): CostRoutePorts["costs"] {
  const row = { day: "2026-09-21", tenant: "alice", key: "key:api-key-1", usage: USAGE, prices: PRICES };
  return {
    service,
    store: {
      read: async ({ from, to, after }) =>
        from <= row.day && row.day <= to && after === undefined ? [{ ...row, position: row.day }] : [],
    },
    watch: {
      forecast: async () => ({
        day: row.day,
        prices: PRICES,
        spent: 10_000_000n,
        projected: 14_285_714n,
        budgets: [{ budget: { name: "all", month: "20" }, spent: 10_000_000n, projected: 14_285_714n }],
        space: { storedBytes: 30e9, usedBytes: 60e9, capacityBytes: 100e9 },
        storage: { trend: "growing", bytesPerDay: 1e9, fullAtMs: 1_793_000_000_000 },
      }),
    },
  };
}
