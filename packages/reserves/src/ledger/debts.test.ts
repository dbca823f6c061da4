import { describeDatabases } from "@trellis/kit/databases";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { AMOUNT_LIMIT, type EntryDraft, type Ledger } from "./index.ts";
import { draft, problemsOf, testLedger } from "./testing/testLedger.ts";

describeDatabases("debts", (under) => {
  let schemaCount = 0;
  const fresh = async (): Promise<Ledger> => {
    schemaCount += 1;
    return testLedger(under.database(), `debts_${schemaCount}`);
  };

  let loanCount = 0;
  const loan = (amount: bigint, change: Partial<EntryDraft> = {}): EntryDraft[] => {
    loanCount += 1;
    const line = { reference: `loan ${loanCount}`, ...change };
    return [
      draft({ ...line, kind: amount > 0n ? "borrowing" : "repayment", amount }),
      draft({ ...line, kind: "loan", amount }),
    ];
  };

  it("LEDGER-15: debt is a separate account, and never netted", async () => {
    const mine = await fresh();
    expect(await mine.hasDebts()).toBe(false);
    await mine.enter([draft({ amount: 10n }), draft({ customer: "bob", amount: 5n })]);
    expect(await problemsOf(mine, loan(7n))).toEqual([]);
    const sale = { kind: "trade", reference: "sale" } as const;
    const sold = [
      draft({ ...sale, amount: -17n }),
      draft({ ...sale, customer: "bob", amount: 17n }),
      draft({ kind: "interest", amount: 1n }),
    ];
    expect(await problemsOf(mine, sold)).toEqual([]);
    expect([await mine.balances("alice"), await mine.debts("alice")]).toEqual([
      new Map([["BTC", 0n]]),
      new Map([["BTC", 8n]]),
    ]);
    expect(await mine.hasDebts()).toBe(true);
    expect([(await mine.totals()).get("BTC"), (await mine.debtTotals()).get("BTC")]).toEqual([22n, 8n]);
    expect([(await mine.totals(4n)).get("BTC"), (await mine.debtTotals(4n)).get("BTC")]).toEqual([22n, 7n]);
    expect(await mine.debts("alice", 2n)).toEqual(new Map());
    const { balances, debts } = await mine.flows();
    expect([balances.get("BTC"), debts.get("BTC"), debts.get("USD")]).toEqual([22n, 8n, 0n]);
    expect((await mine.audit()).findings).toEqual([]);
  });

  it("LEDGER-15: each side has its own sequence, history and statement", async () => {
    const mine = await fresh();
    await mine.enter(loan(7n));
    await mine.enter(loan(-3n));
    const account = { customer: "alice", asset: "BTC" };
    const owed = await mine.history({ ...account, side: "debt", limit: 9 });
    expect(owed.map(({ kind, sequence, balance }) => [kind, sequence, balance])).toEqual([
      ["borrowing", 1n, 7n],
      ["repayment", 2n, 4n],
    ]);
    const owned = await mine.history({ ...account, limit: 9 });
    expect(owned.map(({ kind, sequence, balance }) => [kind, sequence, balance])).toEqual([
      ["loan", 1n, 7n],
      ["loan", 2n, 4n],
    ]);
    const statement = await mine.statement({ ...account, side: "debt", after: 2n, upTo: 4n });
    expect(statement).toMatchObject({ side: "debt", opening: 7n, closing: 4n, lines: [{ amount: -3n }] });
  });

  it("LEDGER-9: balances and debts at a position", async () => {
    const mine = await fresh();
    await mine.enter([...loan(7n), ...loan(2n, { customer: "bob", asset: "USD" })]);
    const at = await mine.position();
    await mine.enter([...loan(-7n), draft({ customer: "carol", kind: "interest", amount: 9n })]);
    const rows = async (position: bigint) =>
      (await Array.fromAsync(mine.balancesAt(position, ["BTC", "USD"]))).map(
        ({ customer, amounts, debts }) => [customer, amounts, debts],
      );
    expect(await rows(at)).toEqual([
      ["alice", [7n, 0n], [7n, 0n]],
      ["bob", [0n, 2n], [0n, 2n]],
    ]);
    expect(await rows(await mine.position())).toEqual([
      ["alice", [0n, 0n], [0n, 0n]],
      ["bob", [0n, 2n], [0n, 2n]],
      ["carol", [0n, 0n], [9n, 0n]],
    ]);
  });

  describe("refusals", () => {
    const cases: [string, () => EntryDraft[]][] = [
      [
        "ENTRY_INVALID: wrong sign of the amount for this kind",
        () => [draft({ kind: "borrowing", amount: -1n })],
      ],
      [
        "ENTRY_INVALID: wrong sign of the amount for this kind",
        () => [draft({ kind: "repayment", amount: 1n })],
      ],
      [
        "ENTRY_INVALID: wrong sign of the amount for this kind",
        () => [draft({ kind: "interest", amount: -1n })],
      ],
      [
        "ENTRY_INVALID: wrong sign of the amount for this kind",
        () => [draft({ kind: "release", amount: 1n })],
      ],
      ["ENTRY_OVERDRAWN", () => [draft({ kind: "release", amount: -2n })]],
      ["ENTRY_INVALID: balance too large", () => [draft({ kind: "interest", amount: AMOUNT_LIMIT - 1n })]],
      ["ENTRY_INVALID: amounts do not balance", () => [draft({ kind: "borrowing", amount: 1n })]],
      ["ENTRY_INVALID: amounts do not balance", () => [draft({ kind: "loan", amount: 1n })]],
      ["ENTRY_INVALID: amounts do not balance", () => loan(5n).with(1, draft({ kind: "loan", amount: 5n }))],
      [
        "ENTRY_INVALID: amounts do not balance",
        () => loan(5n).map((line, n) => (n === 1 ? { ...line, asset: "USD" } : line)),
      ],
      ["ENTRY_OUT_OF_ORDER", () => [draft({ kind: "interest", amount: 1n, sequence: 7n })]],
      ["ENTRY_INVALID: no such kind of entry", () => [draft({ kind: "debt" as "loan" })]],
    ];
    let mine: Ledger;
    beforeAll(async () => {
      mine = await fresh();
      await mine.enter([draft(), draft({ kind: "interest", amount: 1n })]);
    });
    it.each(cases)("%s %#", async (expected, drafts) => {
      const problems = await problemsOf(mine, drafts());
      expect(new Set(problems.map(([, name]) => name))).toEqual(new Set([expected]));
      expect(await mine.position()).toBe(2n);
    });
  });

  it("ENTRY_OVERDRAWN: repaying more than the debt or the balance", async () => {
    const mine = await fresh();
    await mine.enter(loan(5n));
    expect(await problemsOf(mine, loan(-6n))).toEqual([
      [0, "ENTRY_OVERDRAWN"],
      [1, "ENTRY_OVERDRAWN"],
    ]);
    await mine.enter([draft({ kind: "withdrawal", amount: -5n })]);
    expect((await problemsOf(mine, loan(-5n))).map(([, name]) => name)).toContain("ENTRY_OVERDRAWN");
    expect(await mine.debts("alice")).toEqual(new Map([["BTC", 5n]]));
  });

  describe("constraints of the database", () => {
    let schema: string;
    beforeAll(async () => {
      const mine = await fresh();
      ({ schema } = mine);
      await mine.enter([...loan(10n)]);
    });
    const entry = (values: string): string =>
      `INSERT INTO ${schema}.entries (position, customer_id, asset_id, sequence, kind, is_debt, key_index, content,
        sealed_balance, happened_at_ms, recorded_at_ms) VALUES (${values}, '\\x${"0a".repeat(32)}',
        '\\x${"02".repeat(40)}', '\\x${"02".repeat(40)}', 1, 1)`;
    const attacks: [string, () => string][] = [
      ["ledger_kind_side", () => entry("3, 1, 1, 2, 'interest', false")],
      ["ledger_kind_side", () => entry("3, 1, 1, 2, 'deposit', true")],
      ["ledger_sequence_gap", () => entry("3, 1, 1, 3, 'interest', true")],
      ["ledger_sequence_once", () => entry("3, 1, 1, 1, 'interest', true")],
      ["ledger_derived", () => `UPDATE ${schema}.accounts SET is_debt = NOT is_debt`],
    ];
    it.each(attacks)("LEDGER-7, LEDGER-15: %s %#", async (constraint, statement) => {
      await expect(under.database().script(statement())).rejects.toMatchObject({ facts: { constraint } });
    });
  });

  it("a file may contain loans, whose lines stay together across batches", async () => {
    const mine = await fresh();
    const lines = ["key,customer,asset,kind,amount,reference,time"];
    for (let n = 0; n < 9_999; n += 1) lines.push(`d${n},bob,USD,deposit,1,r,1`);
    lines.push("b,alice,BTC,borrowing,5,l,1", "l,alice,BTC,loan,5,l,1", "i,alice,BTC,interest,1,x,1");
    const text = new TextEncoder().encode(lines.join("\n"));
    const report = await mine.importCsv("loans", async function* () {
      yield text;
    });
    expect(report).toMatchObject({ status: "entered", enteredCount: 10_002 });
    expect(await mine.debts("alice")).toEqual(new Map([["BTC", 6n]]));
    const again = await mine.importCsv("loans again", async function* () {
      yield text;
    });
    expect(again).toMatchObject({ enteredCount: 0, replayedCount: 10_002 });
  });

  it("for any borrowing and repaying, balances minus debts equal the deposits", async () => {
    const mine = await fresh();
    await mine.enter([draft({ amount: 1_000n })]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.bigInt({ min: -30n, max: 30n }).filter((n) => n !== 0n),
          { minLength: 1, maxLength: 4 },
        ),
        async (amounts) => {
          await mine.enter(amounts.flatMap((amount) => loan(amount)));
          const owned = (await mine.balances("alice")).get("BTC")!;
          const owed = (await mine.debts("alice")).get("BTC") ?? 0n;
          expect(owned - owed).toBe(1_000n);
          expect(owed >= 0n).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
    expect((await mine.audit()).findings).toEqual([]);
  });
});
