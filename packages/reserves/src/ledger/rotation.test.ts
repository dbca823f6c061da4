import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createEnvelope, type Envelope, masterKeyOf } from "@trellis/platform/secrets";
import { expect, it } from "vitest";
import { requireMasterKeys } from "../service/identity.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { type Ledger, openLedger } from "./index.ts";
import { draft, MASTER_KEY, testLedger } from "./testing/testLedger.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const envelopeOf = (...keys: Uint8Array[]): Envelope => createEnvelope(keys, SILENT.random);
const nameOf = (master: Uint8Array) => masterKeyOf(envelopeOf(master).prefix);
const NEW_KEY = key(1);

describeDatabases("rotation of the master key", (under) => {
  let count = 0;
  async function fresh() {
    count += 1;
    const schema = `rotation_${count}`;
    const atRest = await testAtRest(under.database(), [MASTER_KEY], `${schema}_at_rest`);
    const old = await testLedger(under.database(), schema, undefined, atRest);
    const atRestOf = (...keys: Uint8Array[]) => testAtRest(under.database(), keys, `${old.schema}_at_rest`);
    const open = async (...keys: Uint8Array[]): Promise<Ledger> =>
      openLedger(
        {
          ...SILENT,
          database: under.database(),
          envelope: envelopeOf(...keys),
          atRest: await atRestOf(...keys),
        },
        old.schema,
      );
    return { old, open, atRestOf, schema: old.schema };
  }

  it("KEYS-1, KEYS-2: seals all keys again without changing them; then the old master key is not needed", async () => {
    const { old, open } = await fresh();
    const keys = await Promise.all(["alice", "bob", "carol"].map((name) => old.customerKey(name)));
    const both = await open(NEW_KEY, MASTER_KEY);
    await both.addCustomers([{ reference: "dave" }]);
    expect(await both.masterKeys()).toEqual(
      expect.arrayContaining([
        { masterKey: nameOf(MASTER_KEY), customerCount: 3, isNewest: false },
        { masterKey: nameOf(NEW_KEY), customerCount: 1, isNewest: true },
      ]),
    );
    const progress: object[] = [];
    expect(await both.rotateKeys({ report: (one) => progress.push(one) })).toEqual({
      rotatedCount: 3,
      masterKeys: [{ masterKey: nameOf(NEW_KEY), customerCount: 4, isNewest: true }],
    });
    expect(progress.at(-1)).toEqual({ done: 3, total: 3 });
    expect(await both.rotateKeys()).toMatchObject({ rotatedCount: 0 });
    const onlyNew = await open(NEW_KEY);
    expect(await Promise.all(["alice", "bob", "carol"].map((name) => onlyNew.customerKey(name)))).toEqual(
      keys,
    );
    await expect(old.customerKey("alice")).rejects.toThrowError(code("ENVELOPE_KEY_UNKNOWN"));
  });

  it("KEYS-3: both keys open during a rotation; a stopped rotation resumes with the rest", async () => {
    const { open } = await fresh();
    const both = await open(NEW_KEY, MASTER_KEY);
    const many = Array.from({ length: 2_500 }, (_, n) => ({ reference: `c${n}` }));
    await (await open(MASTER_KEY)).addCustomers(many);
    const aborter = new AbortController();
    const stopped = both.rotateKeys({ signal: aborter.signal, report: () => aborter.abort() });
    await expect(stopped).rejects.toThrow();
    const halfway = await both.masterKeys();
    expect(halfway.map(({ customerCount }) => customerCount).toSorted((a, b) => a - b)).toEqual([
      1_000, 1_503,
    ]);
    for (const name of ["alice", "c2499"]) expect(await both.customerKey(name)).toHaveLength(32);
    const [rest] = await Promise.all([
      (await open(NEW_KEY, MASTER_KEY)).rotateKeys(),
      (await open(MASTER_KEY)).addCustomers([{ reference: "late" }]),
    ]);
    expect(rest.rotatedCount).toBeGreaterThanOrEqual(1_503);
    await both.rotateKeys();
    expect(await both.masterKeys()).toMatchObject([{ customerCount: 2_504, isNewest: true }]);
  });

  it("REST-4: names, entries, balances and sums rotate while entries are added; a stopped rotation resumes", async () => {
    const { old, open, schema } = await fresh();
    const drafts = Array.from({ length: 6_000 }, (_, n) =>
      draft({ customer: n % 2 === 0 ? "alice" : "bob", amount: BigInt(n + 1) }),
    );
    await old.enter(drafts);
    const expected = [await old.balances("alice"), await old.totals(), await old.totals(10n)];
    const both = await open(NEW_KEY, MASTER_KEY);
    const aborter = new AbortController();
    const stopped = both.rotateKeys({ signal: aborter.signal, report: () => aborter.abort() });
    await expect(stopped).rejects.toThrow();
    expect([await both.balances("alice"), await both.totals(), await both.totals(10n)]).toEqual(expected);
    const resumed = await open(NEW_KEY, MASTER_KEY);
    await Promise.all([resumed.rotateKeys(), resumed.enter([draft({ customer: "carol", amount: 7n })])]);
    await resumed.rotateKeys();
    const onlyNew = await open(NEW_KEY);
    expect(await onlyNew.balances("alice")).toEqual(expected[0]);
    expect(await onlyNew.balances("carol")).toEqual(new Map([["BTC", 7n]]));
    expect(await onlyNew.totals(10n)).toEqual(expected[2]);
    expect((await onlyNew.audit()).findings).toEqual([]);
    const prefix = Buffer.from(envelopeOf(NEW_KEY).prefix).subarray(1).toString("hex");
    for (const [table, column] of [
      ["entries", "content"],
      ["entries", "sealed_balance"],
      ["accounts", "sealed_balance"],
      ["flows", "sealed_amount"],
      ["customers", "sealed_reference"],
    ]) {
      const { rows } = await under
        .database()
        .query(
          `SELECT DISTINCT encode(substring(${column} FROM 2 FOR 8), 'hex') AS id FROM ${schema}.${table}`,
        );
      expect(rows, `${table}.${column}`).toEqual([{ id: prefix }]);
    }
  });

  it("KEYS-5, RESERVES_IDENTITY_DIFFERS: a start without the key of a complete or partial rotation, or without the old key", async () => {
    const { old, open } = await fresh();
    await requireMasterKeys(old);
    const both = await open(NEW_KEY, MASTER_KEY);
    await both.addCustomers([{ reference: "dave" }]);
    const missing = (master: Uint8Array) => ({
      code: "RESERVES_IDENTITY_DIFFERS",
      facts: { reason: "master key missing", masterKey: nameOf(master) },
    });
    await expect(requireMasterKeys(old)).rejects.toMatchObject(missing(NEW_KEY));
    await expect(requireMasterKeys(await open(NEW_KEY))).rejects.toMatchObject(missing(MASTER_KEY));
    await requireMasterKeys(both);
    await both.rotateKeys();
    await expect(requireMasterKeys(old)).rejects.toMatchObject(missing(NEW_KEY));
    await requireMasterKeys(await open(NEW_KEY));
  });

  it("KEYS-4: a key erased between read and write of a rotation stays erased", async () => {
    const { old, open, atRestOf, schema } = await fresh();
    const envelope = envelopeOf(NEW_KEY, MASTER_KEY);
    let erasing: Promise<unknown> | undefined;
    const racing: Envelope = {
      ...envelope,
      rotate(context, sealed) {
        erasing ??= under
          .database()
          .query(`UPDATE ${schema}.customers SET sealed_key = NULL, erasure = 1 WHERE customer_id = 2`);
        return envelope.rotate(context, sealed);
      },
    };
    const atRest = await atRestOf(NEW_KEY, MASTER_KEY);
    const ports = { ...SILENT, database: under.database(), envelope: racing, atRest };
    const mine = await openLedger(ports, old.schema);
    await mine.rotateKeys();
    await erasing;
    const onlyNew = await open(NEW_KEY);
    await expect(onlyNew.customerKey("bob")).rejects.toThrowError(code("LEDGER_CUSTOMER_ERASED"));
    expect(await onlyNew.customerKey("alice")).toHaveLength(32);
  });

  it("ENVELOPE_KEY_UNKNOWN: a damaged key, or a key without its master key, stops no other", async () => {
    const { open, schema } = await fresh();
    await (await open(key(9), MASTER_KEY)).addCustomers([{ reference: "lost" }]);
    await under.database().script(`UPDATE ${schema}.customers
      SET sealed_key = set_byte(sealed_key, 60, 255 - get_byte(sealed_key, 60)) WHERE customer_id = 3`);
    const both = await open(NEW_KEY, MASTER_KEY);
    await expect(both.rotateKeys()).rejects.toThrowError(
      expect.objectContaining({
        code: "ENVELOPE_KEY_UNKNOWN",
        facts: expect.objectContaining({
          reason: "keys of some customers cannot be decrypted",
          unopenedCount: 2,
          rotatedCount: 2,
        }),
      }),
    );
    expect(await (await open(NEW_KEY)).customerKey("alice")).toHaveLength(32);
    await (await open(NEW_KEY, MASTER_KEY, key(9))).rotateKeys().catch(() => undefined);
    expect(await (await open(NEW_KEY)).customerKey("lost")).toHaveLength(32);
    await expect((await open(NEW_KEY, MASTER_KEY)).customerKey("carol")).rejects.toThrowError(
      code("ENVELOPE_BROKEN"),
    );
  });
});
