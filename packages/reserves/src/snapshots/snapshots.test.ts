import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createEnvelope } from "@trellis/platform/secrets";
import { beforeAll, describe, expect, it } from "vitest";
import type { Ledger } from "../ledger/index.ts";
import { draft, MASTER_KEY, testLedger } from "../ledger/testing/testLedger.ts";
import { liabilityScheme } from "../liabilities/index.ts";
import { refusal } from "../testing/refusal.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import {
  createCustodianSigner,
  decodeRecord,
  encodeRecord,
  hashRecord,
  openSnapshots,
  type SignedStatement,
  type Snapshots,
  verifyRecord,
  verifyStatement,
} from "./index.ts";

const signer = createCustodianSigner(new Uint8Array(32).fill(9));
const HEIGHTS = { "eip155:1": 21_000_000 };

describeDatabases("snapshots", (under) => {
  let count = 0;
  const fresh = async (
    change: Partial<Ledger> = {},
  ): Promise<{ ledger: Ledger; snapshots: Snapshots; schema: string }> => {
    count += 1;
    const ledger = { ...(await testLedger(under.database(), `ledger_${count}`)), ...change };
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(under.database());
    const schema = `snapshots_${count}`;
    const dependencies = { ...SILENT, database: under.database(), ledger, envelope, atRest, signer };
    return { ledger, snapshots: await openSnapshots(dependencies, { schema }), schema };
  };
  const seeded = async (change: Partial<Ledger> = {}) => {
    const made = await fresh(change);
    await made.ledger.enter([
      draft({ amount: 100n }),
      draft({ customer: "bob", amount: 40n }),
      draft({ customer: "bob", asset: "USD", amount: 7n }),
    ]);
    return made;
  };

  it("SNAP-1: proves the ledger at the moment of the freeze", async () => {
    const { ledger, snapshots } = await seeded();
    const number = await snapshots.begin({ blockHeights: HEIGHTS });
    await ledger.enter([draft({ amount: 1_000n }), draft({ customer: "carol" })]);
    const phases = new Set<string>();
    const signed = await snapshots.build(number, { report: ({ phase }) => phases.add(phase) });
    expect([...phases]).toEqual(expect.arrayContaining(["store", "sign"]));
    expect(signed.record).toMatchObject({
      number: 1,
      ledgerPosition: "3",
      blockHeights: HEIGHTS,
      totals: [
        { asset: "BTC", decimals: 8, amount: "140" },
        { asset: "USD", decimals: 2, amount: "7" },
      ],
    });
    expect(verifyRecord(signed, signer.publicKey)).toEqual(signed.record);
    for (const [customerId, equity] of [
      ["alice", [100n, 0n]],
      ["bob", [40n, 7n]],
    ] as const) {
      const proof = await snapshots.prove(number, [customerId]);
      const userKey = await ledger.customerKey(customerId);
      const expected = { customerId, userKey, balances: { equity, debt: [] } };
      expect(liabilityScheme("sum").verify(proof, expected)).toMatchObject({ isValid: true });
    }
    await expect(snapshots.prove(number, ["carol"])).rejects.toThrowError(refusal("CUSTOMER_UNKNOWN"));
  });

  it("SNAP-2: each record names the previous one; another process reads the trees", async () => {
    const { ledger, snapshots, schema } = await seeded();
    const first = await snapshots.build(await snapshots.begin());
    await ledger.enter([draft({ kind: "withdrawal", amount: -30n })]);
    const second = await snapshots.build(await snapshots.begin({ scheme: "plain" }));
    expect(second.record.previousRecordHash).toBe(hashRecord(first.bytes));
    expect(verifyRecord(second, signer.publicKey, first.bytes).number).toBe(2);
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(under.database());
    const again = await openSnapshots(
      { ...SILENT, database: under.database(), ledger, envelope, atRest, signer },
      { schema },
    );
    expect(await again.record(2)).toEqual(second);
    expect(liabilityScheme("sum").verify(await again.prove(1, ["alice", "bob"]))).toMatchObject({
      isValid: true,
    });
    expect((await again.list({ limit: 10 })).map(({ number, state }) => [number, state])).toEqual([
      [2, "signed"],
      [1, "signed"],
    ]);
    expect((await again.list({ before: 2, limit: 10 })).map(({ number }) => number)).toEqual([1]);
  });

  it("SNAP-3: building again changes nothing", async () => {
    const { snapshots } = await seeded();
    const number = await snapshots.begin();
    const signed = await snapshots.build(number);
    expect(await snapshots.build(number)).toEqual(signed);
  });

  it("SNAP-4: a signed snapshot cannot be changed by any statement", async () => {
    const { snapshots, schema } = await seeded();
    await snapshots.build(await snapshots.begin());
    for (const attack of [
      `UPDATE ${schema}.snapshots SET record = '\\x00'`,
      `DELETE FROM ${schema}.snapshots`,
    ]) {
      await expect(under.database().script(attack)).rejects.toMatchObject({
        facts: { constraint: expect.stringMatching(/snapshot_signed_for_ever|tree_chunks/) },
      });
    }
  });

  it("SNAP-5: includes an erased customer's balance", async () => {
    const { ledger, snapshots } = await seeded();
    await ledger.eraseCustomerKey("bob");
    const { record } = await snapshots.build(await snapshots.begin());
    expect(record.totals.map(({ amount }) => amount)).toEqual(["140", "7"]);
  });

  describe("debts", () => {
    const loan = (amount: bigint, change = {}) => {
      const line = { amount, reference: `loan ${amount}`, ...change };
      return [draft({ ...line, kind: "borrowing" }), draft({ ...line, kind: "loan" })];
    };

    it("SNAP-11: debts are separate columns in tree, record and proof, from the first debt on", async () => {
      const { ledger, snapshots } = await seeded();
      const before = await snapshots.build(await snapshots.begin());
      expect(before.record).toMatchObject({ version: 1 });
      expect(before.record).not.toHaveProperty("debts");
      await ledger.enter([...loan(9n), draft({ customer: "bob", kind: "interest", amount: 3n })]);
      const number = await snapshots.begin();
      await ledger.enter(loan(50n));
      const { record, ...signed } = await snapshots.build(number);
      expect(record).toMatchObject({
        version: 2,
        totals: [
          { asset: "BTC", amount: "149" },
          { asset: "USD", amount: "7" },
        ],
        debts: [
          { asset: "BTC", decimals: 8, amount: "12" },
          { asset: "USD", decimals: 2, amount: "0" },
        ],
      });
      expect(verifyRecord(signed, signer.publicKey, before.bytes)).toEqual(record);
      const proof = await snapshots.prove(number, ["alice"]);
      const balances = { equity: [109n, 0n], debt: [9n, 0n] };
      expect(liabilityScheme("sum").verify(proof, { customerId: "alice", balances })).toMatchObject({
        isValid: true,
        totals: { equity: [149n, 7n], debt: [12n, 0n] },
      });
      const netted = { equity: [100n, 0n], debt: [0n, 0n] };
      expect(liabilityScheme("sum").verify(proof, { customerId: "alice", balances: netted })).toMatchObject({
        isValid: false,
        error: refusal("PROOF_MISMATCH: not the expected balance"),
      });
      expect(liabilityScheme("sum").verify(await snapshots.prove(1, ["alice"]))).toMatchObject({
        isValid: true,
      });
    });

    it("SNAPSHOT_TOTALS_DIFFER: does not sign omitted or netted debts", async () => {
      const forgeries = [
        (amounts: readonly bigint[], debts: readonly bigint[]) => ({ amounts, debts: debts.map(() => 0n) }),
        (amounts: readonly bigint[], debts: readonly bigint[]) => ({
          amounts: amounts.map((amount, column) => amount - debts[column]!),
          debts: debts.map(() => 0n),
        }),
      ];
      for (const [n, forge] of forgeries.entries()) {
        const made = await testLedger(under.database(), `ledger_netted_${n}`);
        await made.enter([draft(), ...loan(9n)]);
        const { snapshots } = await fresh({
          ...made,
          balancesAt: async function* (position: bigint, assets: readonly string[]) {
            for await (const row of made.balancesAt(position, assets))
              yield { ...row, ...forge(row.amounts, row.debts) };
          },
        });
        await expect(snapshots.build(await snapshots.begin())).rejects.toThrowError(
          refusal("SNAPSHOT_TOTALS_DIFFER"),
        );
      }
    });

    it("SNAPSHOT_RECORD_INVALID: the statement of a debt is not that of a balance, and vice versa", async () => {
      const { ledger, snapshots } = await seeded();
      await ledger.enter(loan(9n));
      await snapshots.build(await snapshots.begin());
      const account = { customer: "alice", asset: "BTC", from: 0, to: 1 };
      const owed = await snapshots.statement({ ...account, side: "debt" });
      const owned = await snapshots.statement(account);
      const proved = { opening: 0n, closing: 9n };
      expect(verifyStatement(owed, signer.publicKey, { side: "debt", ...proved })).toMatchObject({
        version: 2,
        side: "debt",
        lines: [{ kind: "borrowing", amount: "9" }],
      });
      const side = expect.objectContaining({ facts: expect.objectContaining({ rule: "side" }) });
      expect(() => verifyStatement(owed, signer.publicKey, proved)).toThrowError(side);
      expect(() =>
        verifyStatement(owned, signer.publicKey, { side: "debt", opening: 0n, closing: 109n }),
      ).toThrowError(side);
    });

    it("SNAPSHOT_RECORD_INVALID: debts that are missing, fewer, or not of this version", async () => {
      const { ledger, snapshots } = await seeded();
      await ledger.enter(loan(9n));
      const { record } = await snapshots.build(await snapshots.begin());
      const { debts = [], ...without } = record;
      const changes: object[] = [
        without,
        { ...record, version: 1 },
        { ...record, debts: debts.slice(1) },
        { ...record, debts: [{ ...debts[0], amount: "-9" }, debts[1]] },
        { ...record, debts: null },
      ];
      for (const change of changes) {
        expect(() => decodeRecord(encodeRecord(change as typeof record))).toThrowError(
          refusal("SNAPSHOT_RECORD_INVALID"),
        );
      }
    });
  });

  it("LIABILITIES_INPUT_INVALID: a scheme without code is refused before the start", async () => {
    const { snapshots } = await seeded();
    for (const scheme of ["private-sum", "toString", ""]) {
      await expect(snapshots.begin({ scheme: scheme as "private-sum" })).rejects.toThrowError(
        refusal("LIABILITIES_INPUT_INVALID: scheme not implemented"),
      );
    }
    expect(await snapshots.list({ limit: 1 })).toEqual([]);
    await snapshots.build(await snapshots.begin());
  });

  it("SNAPSHOT_TREE_REMOVED, RET-5: trees expire except for the newest two; records stay", async () => {
    const { ledger, snapshots, schema } = await seeded();
    const records = [];
    for (let n = 0; n < 4; n += 1) records.push(await snapshots.build(await snapshots.begin()));
    const proof = await snapshots.prove(1, ["alice"]);
    await snapshots.begin();
    const later = SILENT.clock.nowMs() + 1_000;
    expect(await snapshots.removeTrees(records[0]!.record.timeMs, true)).toEqual([]);
    expect(await snapshots.removeTrees(later, true)).toEqual([1, 2]);
    expect(await snapshots.prove(1, ["alice"])).toEqual(proof);
    await under.database().script(`INSERT INTO ${schema}.tree_chunks VALUES (4, 0, 0, '\\x00')`);
    expect(await snapshots.removeTrees(later, false)).toEqual([1, 2]);
    expect(await snapshots.removeTrees(later, false)).toEqual([]);
    const left = await under.database().query(`SELECT DISTINCT number, attempt FROM ${schema}.tree_chunks`);
    expect(left.rows).toHaveLength(2);
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(under.database());
    const dependencies = { ...SILENT, database: under.database(), ledger, envelope, atRest, signer };
    for (const one of [snapshots, await openSnapshots(dependencies, { schema })]) {
      for (const number of [1, 2]) {
        await expect(one.prove(number, ["alice"])).rejects.toThrowError(refusal("SNAPSHOT_TREE_REMOVED"));
        expect(await one.record(number)).toEqual(records[number - 1]);
      }
      expect(liabilityScheme("sum").verify(await one.prove(3, ["alice"]))).toMatchObject({ isValid: true });
    }
    expect(verifyRecord(records[1]!, signer.publicKey, records[0]!.bytes).number).toBe(2);
    expect(liabilityScheme("sum").verify(proof, { customerId: "alice" })).toMatchObject({ isValid: true });
  });

  it("SNAP-14: reads a tree larger than the memory limit once for three proofs", async () => {
    const { ledger, snapshots, schema } = await seeded();
    await snapshots.build(await snapshots.begin());
    let reads = 0;
    const counting: Ledger = {
      ...ledger,
      erasures(after) {
        reads += 1;
        return ledger.erasures(after);
      },
    };
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(under.database());
    const dependencies = {
      ...SILENT,
      database: under.database(),
      ledger: counting,
      envelope,
      atRest,
      signer,
    };
    const small = await openSnapshots(dependencies, { schema, treeBytesMax: 1 });
    for (const customer of ["alice", "bob", "alice"]) await small.prove(1, [customer]);
    expect(reads).toBe(1);
  });

  it("SNAPSHOT_UNSIGNED, SNAPSHOT_UNKNOWN", async () => {
    const { snapshots } = await seeded();
    await snapshots.begin();
    await expect(snapshots.begin()).rejects.toThrowError(
      refusal("SNAPSHOT_UNSIGNED: the previous snapshot must end first"),
    );
    await expect(snapshots.record(1)).rejects.toThrowError(refusal("SNAPSHOT_UNSIGNED"));
    await expect(snapshots.prove(1, ["alice"])).rejects.toThrowError(refusal("SNAPSHOT_UNSIGNED"));
    for (const number of [2, 0, -1, 1.5, Number.NaN]) {
      await expect(snapshots.build(number)).rejects.toThrowError(refusal("SNAPSHOT_UNKNOWN"));
    }
  });

  it("SNAPSHOT_TERMS_INVALID", async () => {
    const { snapshots } = await fresh();
    await expect(snapshots.begin()).rejects.toThrowError(refusal("SNAPSHOT_TERMS_INVALID"));
    const { snapshots: other } = await seeded();
    for (const blockHeights of [{ a: -1 }, { a: 1.5 }, { "": 1 }]) {
      await expect(other.begin({ blockHeights })).rejects.toThrowError(refusal("SNAPSHOT_TERMS_INVALID"));
    }
    await expect(other.begin({ prices: { setHash: "0x00", assets: [] } })).rejects.toThrowError(
      refusal("SNAPSHOT_TERMS_INVALID"),
    );
  });

  it("SNAPSHOT_TOTALS_DIFFER: does not sign rows without a customer", async () => {
    const made = await testLedger(under.database(), "ledger_short");
    await made.enter([draft(), draft({ customer: "bob" })]);
    const short = {
      ...made,
      balancesAt: async function* (position: bigint, assets: readonly string[]) {
        for await (const row of made.balancesAt(position, assets)) if (row.customer !== "bob") yield row;
      },
    };
    const { snapshots } = await fresh(short);
    await expect(snapshots.build(await snapshots.begin())).rejects.toThrowError(
      refusal("SNAPSHOT_TOTALS_DIFFER"),
    );
    await expect(snapshots.record(1)).rejects.toThrowError(refusal("SNAPSHOT_UNSIGNED"));
  });

  it("LEASE_LOST: one of two concurrent builds signs", async () => {
    const { snapshots } = await seeded();
    const number = await snapshots.begin();
    const outcomes = await Promise.allSettled([snapshots.build(number), snapshots.build(number)]);
    const signed = outcomes.filter(({ status }) => status === "fulfilled");
    expect(signed.length).toBeGreaterThan(0);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({
          code: "LEASE_LOST",
          facts: { reason: "snapshot taken over" },
        });
    }
    expect(liabilityScheme("sum").verify(await snapshots.prove(number, ["alice"]))).toMatchObject({
      isValid: true,
    });
  });

  describe("statements", () => {
    let statement: SignedStatement;
    beforeAll(async () => {
      const { ledger, snapshots } = await seeded();
      await snapshots.build(await snapshots.begin());
      await ledger.enter([
        draft({ amount: 5n }),
        draft({ kind: "fee", amount: -1n }),
        draft({ customer: "bob" }),
      ]);
      await snapshots.build(await snapshots.begin());
      await ledger.enter([draft({ amount: 9n })]);
      statement = await snapshots.statement({ customer: "alice", asset: "BTC", from: 1, to: 2 });
    });

    it("SNAP-6: lines between snapshots explain the change of the balance", async () => {
      const document = verifyStatement(statement, signer.publicKey, { opening: 100n, closing: 104n });
      expect(document.lines.map(({ amount, balance }) => [amount, balance])).toEqual([
        ["5", "105"],
        ["-1", "104"],
      ]);
    });

    it("SNAPSHOT_RECORD_INVALID: balances that differ from the proved ones", async () => {
      for (const expected of [
        { opening: 99n, closing: 104n },
        { opening: 100n, closing: 105n },
      ]) {
        expect(() => verifyStatement(statement, signer.publicKey, expected)).toThrowError(
          refusal("SNAPSHOT_RECORD_INVALID: invalid statement"),
        );
      }
    });

    const forgeries: [string, (text: string) => string][] = [
      ["balance", (text) => text.replace('"amount":"5"', '"amount":"6"')],
      ["closing", (text) => text.replace('"closing":"104"', '"closing":"105"')],
      ["balance", (text) => text.replace('"opening":"100"', '"opening":"99"')],
      ["position", (text) => text.replace('"position":"4"', '"position":"3"')],
      ["position", (text) => text.replace('"position":"5"', '"position":"4"')],
      ["position", (text) => text.replace('"upTo":"6"', '"upTo":"4"')],
      ["sequence", (text) => text.replace('"sequence":"3"', '"sequence":"4"')],
      ["number", (text) => text.replace('"amount":"5"', '"amount":"5.0"')],
      ["version", (text) => text.replace('"version":1', '"version":2')],
    ];
    it.each(forgeries)("SNAPSHOT_RECORD_INVALID: %s, though the custodian signs it", async (rule, forge) => {
      const text = new TextDecoder().decode(statement.bytes);
      const bytes = new TextEncoder().encode(forge(text));
      expect(bytes).not.toEqual(statement.bytes);
      const message = Buffer.concat([Buffer.from("trellis-reserves-statement/1\n"), bytes]);
      const forged = { bytes, signature: await signer.sign(message) };
      expect(() => verifyStatement(forged, signer.publicKey)).toThrowError(
        expect.objectContaining({
          code: "SNAPSHOT_RECORD_INVALID",
          facts: expect.objectContaining({ rule }),
        }),
      );
      expect(() => verifyStatement({ ...statement, bytes }, signer.publicKey)).toThrowError(
        expect.objectContaining({ facts: expect.objectContaining({ rule: "signature" }) }),
      );
    });
  });

  it("SNAPSHOT_RECORD_INVALID: any byte flipped, another key, another purpose, another predecessor", async () => {
    const { ledger, snapshots } = await seeded();
    const first = await snapshots.build(await snapshots.begin());
    await ledger.enter([draft()]);
    const second = await snapshots.build(await snapshots.begin());
    const refused = (check: () => unknown) => expect(check).toThrowError(refusal("SNAPSHOT_RECORD_INVALID"));
    for (let index = 0; index < first.bytes.length; index += 7) {
      const bytes = first.bytes.slice();
      bytes[index]! ^= 1;
      refused(() => verifyRecord({ ...first, bytes }, signer.publicKey));
    }
    refused(() => verifyRecord(first, new Uint8Array(32)));
    refused(() => verifyRecord(first, createCustodianSigner(new Uint8Array(32)).publicKey));
    refused(() => verifyRecord({ ...first, signature: first.signature.slice(1) }, signer.publicKey));
    refused(() => verifyRecord(first, signer.publicKey, second.bytes));
    refused(() => verifyRecord(second, signer.publicKey, second.bytes));
    const bare = { ...first, signature: new Uint8Array(64) };
    refused(() => verifyRecord(bare, signer.publicKey));
    const changes: object[] = [
      { version: 2 },
      { extra: 1 },
      { root: "0x00" },
      { number: -1 },
      { scheme: 1 },
      { ledgerPosition: 3 },
      { ledgerPosition: "-3" },
      { priceSetHash: 1 },
      { blockHeights: [] },
      { blockHeights: { a: "1" } },
      { totals: {} },
      { totals: [{ asset: "BTC", decimals: 8, amount: "-1" }] },
      { totals: [{ asset: "BTC", decimals: 8, amount: (2n ** 128n).toString() }] },
    ];
    for (const change of changes) {
      refused(() => decodeRecord(encodeRecord({ ...first.record, ...change })));
    }
  });
});
