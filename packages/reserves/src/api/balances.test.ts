import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openDatabase } from "@trellis/platform/db";
import type { Call } from "@trellis/platform/http";
import { expect, it } from "vitest";
import type { Ledger } from "../ledger/index.ts";
import { draft, testLedger } from "../ledger/testing/testLedger.ts";
import { ledgerRoutes } from "./routes/ledger.ts";

const embedded = await embeddedDatabase();

it("LEDGER-9: balances and totals are those of the returned position, during concurrent entries", async () => {
  const database = openDatabase({ url: embedded }, SILENT);
  const ledger = await testLedger(database, "balances");
  await ledger.enter([draft({ amount: 100n })]);
  const lend = () =>
    ledger.enter(
      (["borrowing", "loan"] as const).map((kind) => draft({ kind, amount: 5n, reference: "lent" })),
    );
  const disturbed =
    <Given extends readonly unknown[], Result>(read: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      const found = await read(...given);
      await lend();
      return found;
    };
  const watched: Ledger = {
    ...ledger,
    position: disturbed(ledger.position),
    balances: disturbed(ledger.balances),
    debts: disturbed(ledger.debts),
    newestTotals: disturbed(ledger.newestTotals),
    totals: disturbed(ledger.totals),
    debtTotals: disturbed(ledger.debtTotals),
  };
  const routes = ledgerRoutes({ ledger: watched });
  const answer = async (id: string) => {
    const route = routes.find(({ shape }) => shape.id === id)!;
    const call = {
      query: {},
      params: { customerId: "alice" },
      rows: { require: (customer: string) => customer },
    };
    return (await route.handle(call as unknown as Call)) as { position: bigint };
  };
  const listed = (amounts: ReadonlyMap<string, bigint>) =>
    [...amounts].map(([asset, amount]) => ({ asset, amount }));
  const { position, ...own } = await answer("getBalances");
  expect(own).toEqual({
    balances: listed(await ledger.balances("alice", position)),
    debts: listed(await ledger.debts("alice", position)),
  });
  const { position: at, ...all } = await answer("getTotals");
  expect(all).toEqual({
    balances: listed(await ledger.totals(at)),
    debts: listed(await ledger.debtTotals(at)),
  });
  expect(at).toBeGreaterThan(position);
  await database.close();
});
