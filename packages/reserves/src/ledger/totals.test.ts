import { describeDatabases } from "@trellis/kit/databases";
import { expect, it } from "vitest";
import { AMOUNT_LIMIT } from "./index.ts";
import { enterUnchecked } from "./testing/enterUnchecked.ts";
import { draft, problemsOf, testLedger } from "./testing/testLedger.ts";

describeDatabases(
  "LEDGER-18, ENTRY_INVALID: all customers together have no more than a snapshot can count",
  (under) => {
    const half = AMOUNT_LIMIT / 2n;
    let schemaCount = 0;
    const fresh = () => testLedger(under.database(), `totals_${schemaCount++}`);
    const refused = [[0, "ENTRY_INVALID: sum of all customers too large"]];

    it("ENTRY_INVALID: refuses deposits whose sum exceeds 128 bits, with the limit, in one batch or several", async () => {
      const mine = await fresh();
      const bobs = draft({ customer: "bob", amount: half });
      expect(await problemsOf(mine, [draft({ amount: half }), bobs])).toEqual([
        [1, "ENTRY_INVALID: sum of all customers too large"],
      ]);
      await mine.enter([draft({ amount: half })]);
      const outcome = await mine.enter([bobs]);
      expect(outcome).toMatchObject({
        status: "refused",
        problems: [{ error: { facts: { asset: "BTC", total: half, totalMax: AMOUNT_LIMIT - 1n } } }],
      });
      expect(await problemsOf(mine, [{ ...bobs, amount: half - 1n }])).toEqual([]);
      expect(await problemsOf(mine, [draft({ asset: "USD", amount: half })])).toEqual([]);
      expect(await problemsOf(mine, [draft({ kind: "interest", amount: half })])).toEqual([]);
      const more = draft({ customer: "bob", kind: "interest", amount: half });
      expect(await problemsOf(mine, [more])).toEqual(refused);
    });

    it("transfers between customers do not change the total, in any order of their lines", async () => {
      const mine = await fresh();
      await mine.enter([draft({ amount: AMOUNT_LIMIT - 1n })]);
      const line = (customer: string, amount: bigint) =>
        draft({ kind: "transfer", reference: "all of it", customer, amount });
      expect(await problemsOf(mine, [line("bob", half), line("alice", -half)])).toEqual([]);
      expect(await problemsOf(mine, [draft({ customer: "bob", amount: 1n })])).toEqual(refused);
    });

    it("a total above the limit can only shrink", async () => {
      const mine = await fresh();
      await enterUnchecked(under.database(), mine);
      expect((await mine.totals()).get("BTC")).toBe(AMOUNT_LIMIT);
      expect(await problemsOf(mine, [draft({ customer: "carol", amount: 1n })])).toEqual(refused);
      const correction = (amount: bigint) => draft({ kind: "adjustment", amount });
      expect(await problemsOf(mine, [correction(-1n)])).toEqual([]);
      expect(await problemsOf(mine, [correction(1n)])).toEqual(refused);
      expect(await problemsOf(mine, [correction(-5n), correction(5n)])).toEqual([]);
    });

    it("a file is refused at the line that exceeds the limit", async () => {
      const mine = await fresh();
      const text = [
        "key,customer,asset,kind,amount,reference,time",
        `a,alice,BTC,deposit,${half},r,1`,
        `b,bob,BTC,deposit,${half},r,1`,
      ].join("\n");
      const report = await mine.importCsv("too much", async function* () {
        yield new TextEncoder().encode(text);
      });
      expect(report).toMatchObject({
        status: "refused",
        badLines: [
          {
            line: 3,
            code: "ENTRY_INVALID",
            message: expect.stringContaining("sum of all customers too large"),
          },
        ],
      });
    });
  },
);
