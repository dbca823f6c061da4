import { describeDatabases } from "@trellis/kit/databases";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import type { Ledger } from "./index.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { LEDGER_STEPS } from "./schema.ts";
import { type EntryPlace, ledgerCiphers, sealContent } from "./sealing.ts";
import { draft, testLedger } from "./testing/testLedger.ts";

describeDatabases("rules of the ledger", (under) => {
  let schemaCount = 0;
  const fresh = async (): Promise<Ledger> => {
    schemaCount += 1;
    return testLedger(under.database(), `constraints_${schemaCount}`);
  };
  const attack = (text: string) => under.database().script(text);

  describe("constraints of the database", () => {
    let schema: string;
    beforeAll(async () => {
      const mine = await fresh();
      schema = mine.schema;
      await mine.enter([draft({ amount: 10n }), draft({ amount: 5n, customer: "bob" })]);
    });
    const entry = (
      values: string,
    ): string => `INSERT INTO ${schema}.entries (position, customer_id, asset_id, sequence,
      kind, key_index, content, sealed_balance, happened_at_ms, recorded_at_ms) VALUES ${values}`;
    const sealed = `'\\x${"02".repeat(40)}', '\\x${"02".repeat(40)}', 1, 1`;
    const index = (fill: string) => `'\\x${fill.repeat(32)}'`;
    const attacks: [string, () => string][] = [
      ["ledger_append_only", () => `UPDATE ${schema}.entries SET sequence = 9`],
      ["ledger_append_only", () => `UPDATE ${schema}.entries SET content = content || '\\x00'`],
      ["ledger_append_only", () => `UPDATE ${schema}.entries SET sealed_balance = sealed_balance || '\\x00'`],
      ["ledger_append_only", () => `DELETE FROM ${schema}.entries`],
      ["ledger_append_only", () => `TRUNCATE ${schema}.entries`],
      ["ledger_append_only", () => `UPDATE ${schema}.entries_0 SET sequence = 9`],
      ["ledger_append_only", () => `DELETE FROM ${schema}.entries_0`],
      ["ledger_append_only", () => `TRUNCATE ${schema}.entries_0`],
      [
        "ledger_append_only",
        () => `INSERT INTO ${schema}.entries_0 SELECT * FROM ${schema}.entries WHERE position = 1`,
      ],
      [
        "ledger_key_once",
        () => `INSERT INTO ${schema}.entries
          SELECT 3, customer_id, asset_id, 2, kind, happened_at_ms, recorded_at_ms, is_debt, key_index, content,
            sealed_balance FROM ${schema}.entries WHERE position = 1`,
      ],
      ["ledger_derived", () => `DELETE FROM ${schema}.entry_keys`],
      ["ledger_derived", () => `UPDATE ${schema}.accounts SET sealed_balance = '\\x00'`],
      ["ledger_derived", () => `DELETE FROM ${schema}.accounts`],
      ["ledger_derived", () => `INSERT INTO ${schema}.accounts SELECT * FROM ${schema}.accounts`],
      ["ledger_derived", () => `UPDATE ${schema}.flows SET entry_count = 0`],
      ["ledger_derived", () => `UPDATE ${schema}.head SET position = 100`],
      ["ledger_position_gap", () => entry(`(4, 1, 1, 2, 'deposit', ${index("0a")}, ${sealed})`)],
      [
        "ledger_position_gap",
        () =>
          entry(
            `(3, 1, 1, 2, 'deposit', ${index("0a")}, ${sealed}), (5, 1, 1, 3, 'deposit', ${index("0b")}, ${sealed})`,
          ),
      ],
      ["ledger_sequence_gap", () => entry(`(3, 1, 1, 3, 'deposit', ${index("0a")}, ${sealed})`)],
      ["ledger_sequence_gap", () => entry(`(3, 3, 1, 2, 'deposit', ${index("0a")}, ${sealed})`)],
      ["ledger_sequence_once", () => entry(`(3, 1, 1, 1, 'deposit', ${index("0a")}, ${sealed})`)],
      ["ledger_kind_known", () => entry(`(3, 1, 1, 2, 'gift', ${index("0a")}, ${sealed})`)],
      ["ledger_kind_side", () => entry(`(3, 1, 1, 2, 'interest', ${index("0a")}, ${sealed})`)],
      ["ledger_index_size", () => entry(`(3, 1, 1, 2, 'deposit', '\\x0a', ${sealed})`)],
      ["ledger_ciphertext", () => entry(`(3, 1, 1, 2, 'deposit', ${index("0a")}, '\\x05', '\\x06', 1, 1)`)],
    ];
    it.each(attacks)("LEDGER-7: %s %#", async (constraint, statement) => {
      await expect(attack(statement())).rejects.toMatchObject({ facts: { constraint } });
    });

    it("LEDGER_CONSERVATION_BROKEN: applies to the service's own statements too", async () => {
      await attack(`ALTER TABLE ${schema}.accounts DISABLE TRIGGER derived;
        UPDATE ${schema}.accounts SET sequence = 0; ALTER TABLE ${schema}.accounts ENABLE TRIGGER derived;`);
      const forged = await openLedgerAt(schema);
      await expect(forged.enter([draft()])).rejects.toThrowError(refusal("ENVELOPE_BROKEN"));
      await attack(`ALTER TABLE ${schema}.accounts DISABLE TRIGGER derived;
        DELETE FROM ${schema}.accounts; ALTER TABLE ${schema}.accounts ENABLE TRIGGER derived;`);
      await expect(forged.enter([draft()])).rejects.toThrowError(refusal("LEDGER_CONSERVATION_BROKEN"));
    });

    it("LEDGER-8: the audit finds forgeries that bypass the constraints", async () => {
      const forged = await fresh();
      await forged.enter([draft({ amount: 10n }), draft({ amount: 5n })]);
      const ciphers = await ledgerCiphers(
        await testAtRest(under.database()),
        await under.database().openSchema<LedgerTables>(forged.schema, LEDGER_STEPS),
      );
      const { rows } = await under
        .database()
        .query(`SELECT * FROM ${forged.schema}.entries WHERE position = 2`);
      const place = rows[0] as unknown as EntryPlace;
      // Simulates a writer who has the keys.
      const content = sealContent(ciphers, place, { amount: 6n, key: "other", reference: "" }).toString(
        "hex",
      );
      await attack(`ALTER TABLE ${forged.schema}.entries DISABLE TRIGGER ALL;
        UPDATE ${forged.schema}.entries SET content = '\\x${content}' WHERE position = 2;
        ALTER TABLE ${forged.schema}.entries ENABLE TRIGGER ALL;`);
      const rules = async () => (await forged.audit()).findings.map(({ rule }) => rule);
      expect(await rules()).toEqual(["ledger_key_once", "ledger_running_balance", "ledger_flows"]);
      // Simulates a writer without keys, who copies another entry's content.
      await attack(`ALTER TABLE ${forged.schema}.entries DISABLE TRIGGER ALL;
        UPDATE ${forged.schema}.entries SET content = (SELECT content FROM ${forged.schema}.entries WHERE position = 1)
        WHERE position = 2;
        ALTER TABLE ${forged.schema}.entries ENABLE TRIGGER ALL;`);
      expect(await rules()).toEqual(["ledger_ciphertext", "ledger_flows"]);
    });

    it("LEDGER-8, REST-2: the audit finds customers whose indexes were exchanged; nothing opens their accounts", async () => {
      const forged = await fresh();
      await forged.enter([draft({ amount: 10n })]);
      await attack(`ALTER TABLE ${forged.schema}.customers DROP CONSTRAINT ledger_customer_once;
        UPDATE ${forged.schema}.customers AS one SET reference_index = other.reference_index
        FROM ${forged.schema}.customers AS other WHERE one.customer_id + other.customer_id = 3`);
      expect((await forged.audit()).findings).toEqual([{ rule: "ledger_customer_index", count: 2n }]);
      await expect(forged.balances("bob")).rejects.toThrowError(refusal("ENVELOPE_BROKEN"));
    });

    const openLedgerAt = (name: string) => testLedger(under.database(), name);
  });
});
