import { describeDatabases, SILENT } from "@trellis/kit/databases";
import type { Database, SchemaStep } from "@trellis/platform/db";
import { createEnvelope } from "@trellis/platform/secrets";
import { expect, it } from "vitest";
import { testAtRest } from "../testing/testAtRest.ts";
import { type Ledger, openLedger } from "./index.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { LEDGER_STEPS } from "./schema.ts";
import { formerLedger } from "./testing/formerLedger.ts";
import { draft, MASTER_KEY, problemsOf, testLedger } from "./testing/testLedger.ts";

describeDatabases("the ledger's history in parts", (under) => {
  const partsOf = async (schema: string): Promise<string[]> => {
    const { rows } = await under.database().query(
      `SELECT relname || ' ' || pg_get_expr(relpartbound, pg_class.oid) AS part
      FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = $1::regclass ORDER BY relname`,
      [`${schema}.entries`],
    );
    return rows.map(({ part }) => String(part).replaceAll("'", ""));
  };
  const open = async (schema: string): Promise<Ledger> => {
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(under.database());
    return openLedger({ ...SILENT, database: under.database(), envelope, atRest }, schema);
  };
  const endFirstPart = (schema: string, at: number) =>
    under.database().script(`ALTER TABLE ${schema}.entries DETACH PARTITION ${schema}.entries_0;
      ALTER TABLE ${schema}.entries ATTACH PARTITION ${schema}.entries_0 FOR VALUES FROM (MINVALUE) TO (${at})`);

  it("LEDGER-17: a batch past the end of a partition creates the next; reads and constraints span both", async () => {
    const schema = "parts";
    const ledger = await testLedger(under.database(), schema);
    expect(await partsOf(schema)).toEqual(["entries_0 FOR VALUES FROM (MINVALUE) TO (10000000)"]);
    await endFirstPart(schema, 4);
    const drafts = [1n, 2n, 3n, 4n, 5n].map((amount) => draft({ amount }));
    await ledger.enter(drafts);
    expect(await partsOf(schema)).toEqual([
      "entries_0 FOR VALUES FROM (MINVALUE) TO (4)",
      "entries_4 FOR VALUES FROM (4) TO (10000004)",
    ]);
    const { rows } = await under.database().query(`SELECT count(*) FROM ${schema}.entries_4`);
    expect(Number(rows[0]!.count)).toBe(2);

    const account = { customer: "alice", asset: "BTC" };
    expect((await ledger.history({ ...account, limit: 9 })).map(({ amount }) => amount)).toEqual([
      1n,
      2n,
      3n,
      4n,
      5n,
    ]);
    expect(await ledger.statement({ ...account, after: 2n, upTo: 4n })).toMatchObject({
      opening: 3n,
      closing: 10n,
    });
    for (const [position, owned] of [
      [3n, 6n],
      [4n, 10n],
    ] as const) {
      for await (const { amounts } of ledger.balancesAt(position, ["BTC"])) expect(amounts).toEqual([owned]);
      expect((await ledger.balances("alice", position)).get("BTC")).toBe(owned);
      expect((await ledger.totals(position)).get("BTC")).toBe(owned);
    }
    expect(await ledger.enter([drafts[0]!])).toMatchObject({ enteredCount: 0, replayedCount: 1 });
    expect(await problemsOf(ledger, [{ ...drafts[1]!, amount: 9n }])).toEqual([
      [0, "ENTRY_KEY_REUSED: the key belongs to another entry"],
    ]);
    for (const attack of [
      `UPDATE ${schema}.entries_4 SET sequence = 9`,
      `DELETE FROM ${schema}.entries_4`,
      `TRUNCATE ${schema}.entries_4`,
      `INSERT INTO ${schema}.entries_4 SELECT * FROM ${schema}.entries WHERE position = 5`,
    ]) {
      await expect(under.database().script(attack), attack).rejects.toMatchObject({
        facts: { constraint: "ledger_append_only" },
      });
    }
    expect((await ledger.audit()).findings).toEqual([]);
  });

  it("LEDGER-17: a refused batch leaves no partition behind, and the next one creates it", async () => {
    const schema = "parts_refused";
    const ledger = await testLedger(under.database(), schema);
    await endFirstPart(schema, 1);
    expect(await problemsOf(ledger, [draft(), draft({ asset: "ETH" })])).toEqual([
      [1, "LEDGER_UNKNOWN: no such asset"],
    ]);
    expect(await partsOf(schema)).toHaveLength(1);
    await Promise.all([1, 2, 3].map(() => ledger.enter([draft()])));
    expect(await partsOf(schema)).toHaveLength(2);
    expect(await ledger.position()).toBe(3n);
  });

  it("LEDGER-17: an import creates its partitions before its transaction", async () => {
    const schema = "parts_imported";
    const ledger = await testLedger(under.database(), schema);
    await endFirstPart(schema, 3);
    const lines = [5, 5, 5, -99].map((amount, n) => {
      const kind = amount < 0 ? "withdrawal" : "deposit";
      return `k${n},alice,BTC,${kind},${amount},r,1790000000000`;
    });
    const file = ["key,customer,asset,kind,amount,reference,time", ...lines, ""].join("\n");
    const report = await ledger.importCsv("file", async function* () {
      yield Buffer.from(file);
    });
    expect(report).toMatchObject({ status: "refused", badCounts: { ENTRY_OVERDRAWN: 1 } });
    expect([await ledger.position(), (await partsOf(schema)).length]).toEqual([0n, 2]);
    await ledger.enter([1n, 2n, 3n].map((amount) => draft({ amount })));
    expect((await ledger.audit()).findings).toEqual([]);
  });

  it("LEDGER-17: an older database has its history in the first partition", async () => {
    const schema = "parts_migrated";
    const before = LEDGER_STEPS.slice(0, -2);
    const tables = await under.database().openSchema<LedgerTables>(schema, before);
    await tables.transaction(async (tx) => {
      await tx
        .insertInto("assets")
        .columns(["symbol", "decimals"])
        .values({ symbol: "BTC", decimals: 8 } as never)
        .execute();
    });
    await under.database().script(`
      INSERT INTO ${schema}.customers (reference, sealed_key, added_at_ms) VALUES ('alice', '\\x01', 1);
      INSERT INTO ${schema}.entries (position, customer_id, asset_id, sequence, kind, amount, balance, key, reference,
        happened_at_ms, recorded_at_ms, is_debt) VALUES
        (1, 1, 1, 1, 'deposit', 5, 5, 'old 1', 'r', 1, 1, false),
        (2, 1, 1, 2, 'withdrawal', -2, 3, 'old 2', 'r', 1, 1, false)`);
    const ledger = await open(schema);
    expect(await partsOf(schema)).toEqual(["entries_0 FOR VALUES FROM (MINVALUE) TO (10000000)"]);
    expect((await ledger.audit()).findings).toEqual([]);
    const account = { customer: "alice", asset: "BTC" };
    expect(
      (await ledger.history({ ...account, limit: 9 })).map(({ key, balance }) => [key, balance]),
    ).toEqual([
      ["old 1", 5n],
      ["old 2", 3n],
    ]);
    const again = draft({ key: "old 1", amount: 5n, reference: "r", happenedAtMs: 1 });
    expect(await ledger.enter([again, draft({ amount: 7n })])).toMatchObject({
      position: 3n,
      enteredCount: 1,
      replayedCount: 1,
    });
    expect(await problemsOf(ledger, [{ ...again, amount: 6n }])).toEqual([
      [0, "ENTRY_KEY_REUSED: the key belongs to another entry"],
    ]);
    expect((await ledger.balances("alice")).get("BTC")).toBe(10n);
    await open(schema);
    expect((await ledger.audit()).findings).toEqual([]);
  });

  it("REST-5: an encryption that stops after each step resumes, and leaves nothing in the clear", async () => {
    const schema = "parts_stopped";
    await formerLedger(under.database(), schema, 2_500);
    let isOpened = false;
    for (let stopAfter = 0; !isOpened; stopAfter += 1) {
      let count = 0;
      const stopping = { ...under.database() };
      const database: Database = {
        ...stopping,
        async openSchema<Tables>(name: string, steps: readonly SchemaStep[]) {
          const opened = await under.database().openSchema<Tables>(name, steps);
          const transaction: typeof opened.transaction = async (work, options) => {
            if (name === schema && count++ >= stopAfter) throw new Error("power loss");
            return opened.transaction(work, options);
          };
          return { ...opened, database, transaction };
        },
        async script(text) {
          if (text.includes("CLUSTER") && count++ >= stopAfter) throw new Error("power loss");
          return under.database().script(text);
        },
      };
      const envelope = createEnvelope([MASTER_KEY], SILENT.random);
      const atRest = await testAtRest(under.database());
      const opening = openLedger({ ...SILENT, database, envelope, atRest }, schema);
      isOpened = await opening.then(
        () => true,
        (error: unknown) => {
          expect(String(error)).toContain("power loss");
          return false;
        },
      );
    }
    const ledger = await open(schema);
    expect((await ledger.audit()).findings).toEqual([]);
    expect(await ledger.balances("canary 2500")).toEqual(new Map([["BTC", 739_873n]]));
    for (const table of ["customers", "entries", "accounts", "flows", "entry_keys"]) {
      const { rows } = await under.database().query(`SELECT row::text FROM ${schema}.${table} AS row`);
      expect(/canary|[(,]73[789]\d{3}[,)]/.test(JSON.stringify(rows)), table).toBe(false);
    }
  });

  it("LEDGER-8: the audit finds a removed key", async () => {
    const schema = "parts_forged";
    const ledger = await testLedger(under.database(), schema);
    await ledger.enter([draft(), draft()]);
    await under.database().script(`ALTER TABLE ${schema}.entry_keys DISABLE TRIGGER derived;
      DELETE FROM ${schema}.entry_keys WHERE position = 2; ALTER TABLE ${schema}.entry_keys ENABLE TRIGGER derived`);
    expect((await ledger.audit()).findings).toEqual([{ rule: "ledger_key_once", count: 1n }]);
  });
});
