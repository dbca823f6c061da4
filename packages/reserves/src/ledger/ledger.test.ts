import { describeDatabases } from "@trellis/kit/databases";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { AMOUNT_LIMIT, type Announce, type EntryDraft, type EntryKindName, type Ledger } from "./index.ts";
import { draft, problemsOf, testLedger } from "./testing/testLedger.ts";

const HOSTILE = [
  "'; DROP TABLE entries; --",
  '"',
  "$1",
  "\\",
  "%",
  "{a,b}",
  "NULL",
  "=1+1",
  "é🙂",
  "a\u202eb",
];

describeDatabases("ledger", (under) => {
  let ledger: Ledger;
  let schemaCount = 0;
  const fresh = async (): Promise<Ledger> => {
    schemaCount += 1;
    return testLedger(under.database(), `ledger_${schemaCount}`);
  };
  beforeAll(async () => {
    ledger = await fresh();
  });

  it("flows and balances are of one moment; a listener of a batch receives each account once, or nothing", async () => {
    const told: unknown[] = [];
    schemaCount += 1;
    const announce: Announce = async (_, changed) => void told.push(changed);
    const mine = await testLedger(under.database(), `ledger_${schemaCount}`, announce);
    const deposit = draft({ amount: 100n });
    await mine.enter([deposit, draft({ kind: "fee", amount: -1n }), draft({ asset: "USD", amount: 5n })]);
    await mine.enter([deposit]);
    await mine.enter([draft({ customer: "nobody" })]);
    expect(told).toEqual([
      [
        { customer: "alice", asset: "BTC", side: "equity", sequence: 2n, balance: 99n },
        { customer: "alice", asset: "USD", side: "equity", sequence: 1n, balance: 5n },
      ],
    ]);
    const { byKind, balances } = await mine.flows();
    expect(Object.fromEntries(byKind.get("BTC")!)).toEqual({ deposit: 100n, fee: -1n });
    expect(Object.fromEntries(balances)).toEqual({ BTC: 99n, USD: 5n });
  });

  describe("entries", () => {
    it("LEDGER-1: positions and sequences have no gaps, and balances accumulate", async () => {
      const mine = await fresh();
      const outcome = await mine.enter([
        draft({ amount: 100n }),
        draft({ customer: "bob", amount: 7n }),
        draft({ kind: "withdrawal", amount: -30n }),
        draft({ asset: "USD", amount: 5n }),
      ]);
      expect(outcome).toEqual({ status: "entered", position: 4n, enteredCount: 4, replayedCount: 0 });
      const lines = await mine.history({ customer: "alice", asset: "BTC", limit: 10 });
      expect(lines.map(({ position, sequence, balance }) => [position, sequence, balance])).toEqual([
        [1n, 1n, 100n],
        [3n, 2n, 70n],
      ]);
      expect(await mine.balances("alice")).toEqual(
        new Map([
          ["BTC", 70n],
          ["USD", 5n],
        ]),
      );
      expect(await mine.balances("alice", 2n)).toEqual(new Map([["BTC", 100n]]));
      expect(await mine.totals()).toEqual(
        new Map([
          ["BTC", 77n],
          ["USD", 5n],
        ]),
      );
      expect(await mine.totals(2n)).toEqual(
        new Map([
          ["BTC", 107n],
          ["USD", 0n],
        ]),
      );
      expect((await mine.entries({ after: 1n, limit: 2 })).map(({ customer }) => customer)).toEqual([
        "bob",
        "alice",
      ]);
      expect(await mine.audit()).toEqual({ position: 4n, findings: [] });
    });

    it("LEDGER-3: an entry that is sent again is stored once", async () => {
      const drafts = [draft(), draft({ customer: "bob" })];
      const first = await ledger.enter(drafts);
      const again = await ledger.enter([drafts[1]!, draft(), drafts[0]!]);
      expect(first).toMatchObject({ enteredCount: 2, replayedCount: 0 });
      expect(again).toMatchObject({ enteredCount: 1, replayedCount: 2 });
    });

    it("LEDGER-3: concurrent senders of the same entries enter them once", async () => {
      const mine = await fresh();
      const drafts = Array.from({ length: 20 }, () => draft({ amount: 1n }));
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => mine.enter(drafts)));
      const entered = outcomes.map((outcome) => (outcome.status === "entered" ? outcome.enteredCount : -1));
      expect(entered.sort()).toEqual([0, 0, 0, 0, 20]);
      expect(await mine.balances("alice")).toEqual(new Map([["BTC", 20n]]));
    });

    it("LEDGER-4, ENTRY_INVALID: amounts and balances of 128 bits", async () => {
      const mine = await fresh();
      const most = AMOUNT_LIMIT - 1n;
      expect(await problemsOf(mine, [draft({ amount: most })])).toEqual([]);
      expect(await problemsOf(mine, [draft({ amount: 1n })])).toEqual([
        [0, "ENTRY_INVALID: balance too large"],
      ]);
      expect(await problemsOf(mine, [draft({ kind: "withdrawal", amount: -most })])).toEqual([]);
    });

    it("LEDGER-5: lines of a transfer move between customers and sum to zero", async () => {
      const mine = await fresh();
      await mine.enter([draft({ amount: 10n })]);
      const line = (customer: string, amount: bigint, more: Partial<EntryDraft> = {}) =>
        draft({ kind: "transfer", reference: "t 1", customer, amount, ...more });
      expect(await problemsOf(mine, [line("alice", -4n), line("bob", 3n), line("carol", 1n)])).toEqual([]);
      expect((await mine.totals()).get("BTC")).toBe(10n);
    });
  });

  describe("refusals", () => {
    it.each<[string, Partial<Record<keyof EntryDraft, unknown>>]>([
      ["ENTRY_INVALID: the amount is not a whole number other than zero", { amount: 0n }],
      ["ENTRY_INVALID: the amount is not a whole number other than zero", { amount: 1.5 }],
      ["ENTRY_INVALID: the amount is not a whole number other than zero", { amount: "100" }],
      ["ENTRY_INVALID: the amount has more than 128 bits", { amount: AMOUNT_LIMIT }],
      ["ENTRY_INVALID: the amount has more than 128 bits", { kind: "withdrawal", amount: -(10n ** 60n) }],
      ["ENTRY_INVALID: wrong sign of the amount for this kind", { amount: -1n }],
      ["ENTRY_INVALID: wrong sign of the amount for this kind", { kind: "withdrawal", amount: 1n }],
      ["ENTRY_INVALID: wrong sign of the amount for this kind", { kind: "fee", amount: 1n }],
      ["ENTRY_INVALID: no such kind of entry", { kind: "gift" }],
      ["ENTRY_INVALID: no such kind of entry", { kind: "toString" }],
      ["ENTRY_INVALID: text not allowed", { key: "" }],
      ["ENTRY_INVALID: text not allowed", { key: "a\0b" }],
      ["ENTRY_INVALID: text not allowed", { customer: "a\nb" }],
      ["ENTRY_INVALID: text not allowed", { customer: ".." }],
      ["ENTRY_INVALID: text not allowed", { reference: "x".repeat(129) }],
      ["ENTRY_INVALID: text not allowed", { reference: "é".repeat(65) }],
      ["ENTRY_INVALID: text not allowed", { reference: "\ud800" }],
      ["ENTRY_INVALID: text not allowed", { asset: 7 }],
      ["ENTRY_INVALID: time outside the allowed range", { happenedAtMs: -1 }],
      ["ENTRY_INVALID: time outside the allowed range", { happenedAtMs: 1.5 }],
      ["ENTRY_INVALID: time outside the allowed range", { happenedAtMs: Number.NaN }],
      ["LEDGER_UNKNOWN: no such asset", { asset: "DOGE" }],
      ["LEDGER_UNKNOWN: no such customer", { customer: "mallory" }],
      ["ENTRY_OVERDRAWN", { kind: "withdrawal", amount: -(10n ** 30n) }],
      ["ENTRY_OUT_OF_ORDER", { sequence: 999n }],
      ["ENTRY_INVALID: amounts do not balance", { kind: "transfer", amount: 1n }],
      ["ENTRY_INVALID: amounts do not balance", { kind: "trade", amount: 1n }],
    ])("%s: %o", async (expected, change) => {
      const before = await ledger.position();
      const bad = draft(change as Partial<EntryDraft>);
      expect(await problemsOf(ledger, [draft(), bad, draft()])).toEqual([[1, expected]]);
      expect(await ledger.position()).toBe(before);
    });

    it("ENTRY_KEY_REUSED: any field of the entry differs", async () => {
      const original = draft({ amount: 50n });
      await ledger.enter([original]);
      const changes: Partial<EntryDraft>[] = [
        { amount: 51n },
        { customer: "bob" },
        { asset: "USD" },
        { kind: "reward" },
        { reference: "another" },
        { happenedAtMs: 1 },
      ];
      for (const change of changes) {
        expect(await problemsOf(ledger, [{ ...original, ...change }])).toEqual([
          [0, "ENTRY_KEY_REUSED: the key belongs to another entry"],
        ]);
      }
    });

    it("ENTRY_KEY_REUSED: a batch with a duplicate entry", async () => {
      const twice = draft();
      expect(await problemsOf(ledger, [twice, draft(), twice])).toEqual([
        [2, "ENTRY_KEY_REUSED: duplicate key in the batch"],
      ]);
    });

    it("ENTRY_OUT_OF_ORDER: a withdrawal before its deposit, and used sequence numbers", async () => {
      const mine = await fresh();
      const deposit = draft({ sequence: 1n });
      const withdrawal = draft({ kind: "withdrawal", amount: -100n, sequence: 2n });
      expect(await problemsOf(mine, [withdrawal, deposit])).toEqual([[0, "ENTRY_OUT_OF_ORDER"]]);
      expect(await problemsOf(mine, [deposit, withdrawal])).toEqual([]);
      expect(await problemsOf(mine, [draft({ sequence: 2n })])).toEqual([[0, "ENTRY_OUT_OF_ORDER"]]);
    });

    it("reports all problems of a batch at once, each with its position", async () => {
      const bad = Array.from({ length: 500 }, (_, index) =>
        draft(index % 2 === 0 ? { asset: "DOGE" } : { amount: -5n }),
      );
      const problems = await problemsOf(ledger, [draft(), ...bad, draft()]);
      expect(problems).toHaveLength(500);
      expect(problems.slice(0, 2)).toEqual([
        [1, "LEDGER_UNKNOWN: no such asset"],
        [2, "ENTRY_INVALID: wrong sign of the amount for this kind"],
      ]);
    });

    it("LEDGER_BATCH_SIZE", async () => {
      await expect(ledger.enter([])).rejects.toThrowError(refusal("LEDGER_BATCH_SIZE"));
      await expect(ledger.enter(Array.from({ length: 10_001 }, () => draft()))).rejects.toThrowError(
        refusal("LEDGER_BATCH_SIZE"),
      );
      await expect(ledger.addCustomers([])).rejects.toThrowError(refusal("LEDGER_BATCH_SIZE"));
    });

    it("ENTRY_INVALID, LEDGER_ASSET_CONFLICT", async () => {
      await expect(ledger.addAsset({ symbol: "A B", decimals: 1 })).rejects.toThrowError(
        refusal("ENTRY_INVALID: asset id or decimals not allowed"),
      );
      await expect(ledger.addAsset({ symbol: "A", decimals: 39 })).rejects.toThrowError(
        refusal("ENTRY_INVALID: asset id or decimals not allowed"),
      );
      await expect(ledger.addAsset({ symbol: "A", decimals: 0.5 })).rejects.toThrowError(
        refusal("ENTRY_INVALID: asset id or decimals not allowed"),
      );
      await expect(ledger.addAsset({ symbol: "BTC", decimals: 9 })).rejects.toThrowError(
        refusal("LEDGER_ASSET_CONFLICT: asset exists with other decimals"),
      );
      await ledger.addAsset({ symbol: "BTC", decimals: 8 });
    });

    it("LEDGER_ASSET_CONFLICT: at most as many assets as a snapshot has columns, also under concurrent additions", async () => {
      const mine = await fresh();
      await under
        .database()
        .script(
          `INSERT INTO ${mine.schema}.assets (symbol, decimals) SELECT 'A' || n, 8 FROM generate_series(3, 255) AS n`,
        );
      const rivals = ["X", "Y", "Z"].map((symbol) => mine.addAsset({ symbol, decimals: 8 }));
      const outcomes = await Promise.allSettled(rivals);
      const refused = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(refused.map(({ reason }) => reason)).toEqual([
        refusal("LEDGER_ASSET_CONFLICT: no room for another asset", { max: 256 }),
        refusal("LEDGER_ASSET_CONFLICT: no room for another asset"),
      ]);
      expect(await mine.assets()).toHaveLength(256);
      await mine.addAsset({ symbol: "BTC", decimals: 8 });
    });

    it("LEDGER_UNKNOWN", async () => {
      for (const customer of ["nobody", "a\0", ...HOSTILE]) {
        await expect(ledger.balances(customer)).rejects.toThrowError(
          refusal("LEDGER_UNKNOWN: no such customer"),
        );
      }
      const unknown = ledger.history({ customer: "alice", asset: "X\0", limit: 1 });
      await expect(unknown).rejects.toThrowError(refusal("LEDGER_UNKNOWN: no such asset"));
      const range = { customer: "alice", asset: "BTC", after: 0n };
      for (const upTo of [-1n, 10n ** 15n]) {
        await expect(ledger.balances("alice", upTo)).rejects.toThrowError(
          refusal("LEDGER_UNKNOWN: no such position"),
        );
        await expect(ledger.totals(upTo)).rejects.toThrowError(refusal("LEDGER_UNKNOWN: no such position"));
        await expect(ledger.statement({ ...range, upTo })).rejects.toThrowError(
          refusal("LEDGER_UNKNOWN: no such position"),
        );
      }
    });
  });

  it("stores hostile texts unchanged", async () => {
    const mine = await fresh();
    await mine.addCustomers(HOSTILE.map((reference) => ({ reference })));
    const drafts = HOSTILE.map((text) => draft({ key: text, customer: text, reference: text }));
    expect(await problemsOf(mine, drafts)).toEqual([]);
    for (const text of HOSTILE) {
      const [line] = await mine.history({ customer: text, asset: "BTC", limit: 1 });
      expect(line).toMatchObject({ key: text, customer: text, reference: text });
    }
    const listed = await mine.customers({ after: "carol", limit: 100 });
    expect(listed.map(({ reference }) => reference)).toEqual(HOSTILE);
  });

  it("LEDGER-9: balances at a position, during concurrent entries", async () => {
    const mine = await fresh();
    await mine.enter([draft({ amount: 10n }), draft({ customer: "bob", asset: "USD", amount: 3n })]);
    const at = await mine.position();
    await mine.enter([draft({ amount: 1n }), draft({ customer: "carol" }), draft({ customer: "bob" })]);
    const rows = await Array.fromAsync(mine.balancesAt(at, ["BTC", "USD"]));
    expect(rows.map(({ customer, amounts }) => [customer, amounts])).toEqual([
      ["alice", [10n, 0n]],
      ["bob", [0n, 3n]],
    ]);
    const turned = await Array.fromAsync(mine.balancesAt(at, ["USD"]));
    expect(turned.map(({ customer, amounts, debts }) => [customer, amounts, debts])).toEqual([
      ["alice", [0n], [0n]],
      ["bob", [3n], [0n]],
    ]);
    const now = await Array.fromAsync(mine.balancesAt(await mine.position(), ["BTC", "USD"]));
    expect(now.map(({ amounts }) => amounts)).toEqual([
      [11n, 0n],
      [100n, 3n],
      [100n, 0n],
    ]);
  });

  it("LEDGER-10: opening plus lines is closing", async () => {
    const mine = await fresh();
    await mine.enter([draft({ amount: 10n }), draft({ kind: "fee", amount: -1n }), draft({ amount: 5n })]);
    const range = { customer: "alice", asset: "BTC", after: 1n, upTo: 3n };
    const statement = await mine.statement(range);
    expect(statement).toMatchObject({ ...range, opening: 10n, closing: 14n });
    expect(statement.lines.map(({ amount }) => amount)).toEqual([-1n, 5n]);
    expect(await mine.statement({ ...range, after: 3n })).toMatchObject({
      opening: 14n,
      closing: 14n,
      lines: [],
    });
    expect(await mine.statement({ ...range, after: 0n, upTo: 0n })).toMatchObject({
      opening: 0n,
      closing: 0n,
    });
  });

  it("LEDGER_CUSTOMER_ERASED: deletes the key and keeps the records", async () => {
    const mine = await fresh();
    await mine.enter([draft({ amount: 10n })]);
    const keys = await Promise.all(["alice", "bob"].map((customer) => mine.customerKey(customer)));
    expect(keys.map(({ length }) => length)).toEqual([32, 32]);
    expect(keys[0]).not.toEqual(keys[1]);
    await mine.eraseCustomerKey("alice");
    await expect(mine.customerKey("alice")).rejects.toThrowError(refusal("LEDGER_CUSTOMER_ERASED"));
    expect(await problemsOf(mine, [draft({ amount: 1n })])).toEqual([[0, "LEDGER_CUSTOMER_ERASED"]]);
    expect(await mine.customer("alice")).toMatchObject({ isErased: true });
    expect(await mine.balances("alice")).toEqual(new Map([["BTC", 10n]]));
    expect(await mine.addCustomers([{ reference: "alice" }, { reference: "dave" }])).toBe(1);
    await expect(mine.customerKey("alice")).rejects.toThrowError(refusal("LEDGER_CUSTOMER_ERASED"));
  });

  it("LEDGER-14: erasures are numbered in order without duplicates", async () => {
    const mine = await fresh();
    expect(await mine.erasures(0n)).toEqual([]);
    await Promise.all(["carol", "alice", "alice", "carol"].map((name) => mine.eraseCustomerKey(name)));
    await mine.eraseCustomerKey("bob");
    const erasures = await mine.erasures(0n);
    expect(erasures.map(({ number }) => number)).toEqual([1n, 2n, 3n]);
    expect(new Set(erasures.map(({ customer }) => customer))).toEqual(new Set(["alice", "bob", "carol"]));
    expect(await mine.erasures(2n)).toEqual([{ customer: "bob", number: 3n }]);
    await expect(mine.eraseCustomerKey("mallory")).rejects.toThrowError(
      refusal("LEDGER_UNKNOWN: no such customer"),
    );
    await expect(mine.refuseErased(["mallory", "bob"])).rejects.toMatchObject({
      code: "LEDGER_CUSTOMER_ERASED",
      facts: { customer: "bob" },
    });
    await mine.refuseErased(["mallory", "a\0"]);
    await expect(
      under.database().script(`UPDATE ${mine.schema}.customers SET erasure = NULL`),
    ).rejects.toMatchObject({ facts: { constraint: "ledger_erasure_numbered" } });
  });

  it("after any valid or invalid batches the audit accepts the ledger", async () => {
    const mine = await fresh();
    const model = new Map<string, bigint>();
    const change = fc.record({
      customer: fc.constantFrom("alice", "bob", "carol", "mallory"),
      asset: fc.constantFrom("BTC", "USD"),
      amount: fc.bigInt({ min: -50n, max: 100n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const drafts = changes.map(({ customer, asset, amount }) => {
          const kind: EntryKindName = amount < 0n ? "withdrawal" : "deposit";
          return draft({ customer, asset, amount, kind });
        });
        const outcome = await mine.enter(drafts);
        if (outcome.status === "entered") {
          for (const { customer, asset, amount } of drafts) {
            const account = `${customer} ${asset}`;
            model.set(account, (model.get(account) ?? 0n) + amount);
          }
        }
        for (const customer of ["alice", "bob", "carol"]) {
          const balances = await mine.balances(customer);
          for (const [asset, balance] of balances) expect(balance).toBe(model.get(`${customer} ${asset}`));
        }
      }),
      { numRuns: 40 },
    );
    expect((await mine.audit()).findings).toEqual([]);
  });
});
