import { describeDatabases } from "@trellis/kit/databases";
import { expect, it } from "vitest";
import { createMemoryLedger, type Movement, openLedger } from "./index.ts";
import { ledgerSuite } from "./testing/ledgerSuite.ts";

ledgerSuite("memory", async () => createMemoryLedger());

describeDatabases("arbitrage", (under) => {
  let count = 0;
  const schemas: string[] = [];
  const open = () => {
    schemas.push(`arbitrage_ledger_${count++}`);
    return openLedger(under.database(), schemas.at(-1));
  };
  ledgerSuite("database", open);

  it("ARB-26: an entered movement never changes", async () => {
    const ledger = await open();
    const hash = `0x${"01".repeat(32)}` as const;
    const movement: Movement = {
      chainId: 1,
      account: hash,
      asset: "coin",
      kind: "transfer",
      amount: 7n,
      reference: undefined,
      opportunityId: undefined,
      transactionHash: hash,
      block: { height: 1, hash },
      recordedAtMs: 1,
    };
    await ledger.setMovements(1, [hash], [movement], 1);
    const change = under.database().query(`UPDATE ${schemas.at(-1)}.movements SET amount = 8`);
    await expect(change).rejects.toMatchObject({ code: "DB_CHECK_VIOLATED" });
  });

  it("ARB-38: tables that grow with every block are partitioned by month", async () => {
    const ledger = await open();
    expect(ledger.storage).toBe("partitions");
    const block = { height: 1, hash: `0x${"01".repeat(32)}` } as const;
    const counts = { found: 1, examined: 1, sized: 1, trades: 0, truncated: [], dropped: {}, scannedAtMs: 1 };
    const times = [Date.UTC(2026, 0, 31), Date.UTC(2026, 1, 1), Date.UTC(2026, 1, 28)];
    await Promise.all(
      times.map((blockTimeMs, chainId) => ledger.addScan({ chainId, block, blockTimeMs, ...counts })),
    );
    const { rows } = await under
      .database()
      .query(
        `SELECT tableoid::regclass::text AS place, count(*)::int AS count FROM ${schemas.at(-1)}.scans GROUP BY 1 ORDER BY 1`,
      );
    expect(rows).toEqual([
      { place: `${schemas.at(-1)}.scans_2026_01`, count: 1 },
      { place: `${schemas.at(-1)}.scans_2026_02`, count: 2 },
    ]);
  });
});
