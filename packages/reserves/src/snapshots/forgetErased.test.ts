import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createEnvelope } from "@trellis/platform/secrets";
import { expect, it } from "vitest";
import type { Ledger } from "../ledger/index.ts";
import { draft, MASTER_KEY, testLedger } from "../ledger/testing/testLedger.ts";
import { type LeafOpening, liabilityScheme } from "../liabilities/index.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { createCustodianSigner, openSnapshots, type Snapshots } from "./index.ts";
import { bytesOfTree, replaceTree } from "./testing/bytesOfTree.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const signer = createCustodianSigner(new Uint8Array(32).fill(9));

describeDatabases("trees of customers who are erased", (under) => {
  let count = 0;
  const made = async (change: (ledger: Ledger) => Partial<Ledger> = () => ({})) => {
    count += 1;
    const mine = await testLedger(under.database(), `ledger_${count}`);
    const ledger = { ...mine, ...change(mine) };
    const schema = `snapshots_${count}`;
    const opened = async (other: Partial<Ledger> = {}): Promise<Snapshots> =>
      openSnapshots(
        {
          ...SILENT,
          database: under.database(),
          ledger: { ...ledger, ...other },
          signer,
          envelope: createEnvelope([MASTER_KEY], SILENT.random),
          atRest: await testAtRest(under.database()),
        },
        { schema },
      );
    await ledger.enter([
      ...[draft({ amount: 100n }), draft({ customer: "bob", amount: 40n })],
      draft({ customer: "carol", asset: "USD", amount: 7n }),
    ]);
    const isStored = async (number: number, secret: Uint8Array) =>
      (await bytesOfTree(under.database(), schema, number)).includes(secret);
    return { ledger, snapshots: await opened(), opened, schema, isStored };
  };

  const saltOf = async (snapshots: Snapshots, number: number, customer: string): Promise<Uint8Array> => {
    const [leaf] = (await snapshots.prove(number, [customer])).leaves as [LeafOpening];
    return leaf.salt;
  };

  it("LEDGER-14, LEDGER_CUSTOMER_ERASED: proved before and refused after, by every process with the tree; salts are overwritten", async () => {
    const { ledger, snapshots, opened, isStored } = await made();
    await ledger.enter([
      draft({ customer: "bob", kind: "interest", amount: 3n }),
      draft({ customer: "carol", kind: "interest", amount: 5n }),
    ]);
    for (const scheme of ["sum", "plain"] as const) await snapshots.build(await snapshots.begin({ scheme }));
    const worker = await opened();
    const salts = await Promise.all([1, 2].map((number) => saltOf(worker, number, "bob")));
    const before = await Promise.all([1, 2].map((number) => snapshots.prove(number, ["alice", "carol"])));
    const records = await Promise.all([1, 2].map((number) => snapshots.record(number)));
    await ledger.eraseCustomerKey("bob");

    const isRefused = async (one: Snapshots) => {
      for (const number of [1, 2]) {
        for (const customers of [["bob"], ["alice", "bob"]])
          await expect(one.prove(number, customers)).rejects.toThrowError(code("LEDGER_CUSTOMER_ERASED"));
      }
    };
    for (const one of [snapshots, worker]) await isRefused(one);
    expect(await isStored(1, salts[0]!)).toBe(true);

    expect(await snapshots.forgetErased()).toBe(2);
    expect(await snapshots.forgetErased()).toBe(0);
    for (const [index, salt] of salts.entries()) expect(await isStored(index + 1, salt)).toBe(false);
    for (const one of [snapshots, worker, await opened()]) {
      await isRefused(one);
      for (const [index, proof] of before.entries()) {
        expect(await one.prove(index + 1, ["alice", "carol"])).toEqual(proof);
        expect(liabilityScheme("sum").verify(proof)).toMatchObject({ isValid: true });
        expect(await one.record(index + 1)).toEqual(records[index]);
      }
    }
    expect((await ledger.audit()).findings).toEqual([]);
  });

  it("LEDGER-14: an open tree forgets a customer when its process is notified, stored or not", async () => {
    const { ledger, opened, isStored } = await made();
    const blind = await opened({ refuseErased: async () => {} });
    await blind.build(await blind.begin());
    const salts = [await saltOf(blind, 1, "bob"), await saltOf(blind, 1, "carol")];
    for (const customer of ["bob", "carol"]) {
      await ledger.eraseCustomerKey(customer);
      await saltOf(blind, 1, customer);
      await blind.forgetHeld();
      await expect(blind.prove(1, [customer])).rejects.toThrowError(code("CUSTOMER_UNKNOWN"));
    }
    expect(await Promise.all(salts.map((salt) => isStored(1, salt)))).toEqual([true, true]);
  });

  it("LEDGER-14: a tree opened before it was stored without erased customers drops them", async () => {
    const { ledger, snapshots, opened } = await made();
    await snapshots.build(await snapshots.begin());
    await ledger.eraseCustomerKey("bob");
    const blind = await opened({ refuseErased: async () => {} });
    await expect(blind.prove(1, ["bob"])).rejects.toThrowError(code("CUSTOMER_UNKNOWN"));
    let isAsked = false;
    const reading = await opened({
      refuseErased: async () => {},
      async erasures(after) {
        if (!isAsked) await ledger.eraseCustomerKey("carol");
        isAsked = true;
        return ledger.erasures(after);
      },
    });
    await expect(reading.prove(1, ["carol"])).rejects.toThrowError(code("CUSTOMER_UNKNOWN"));
  });

  it("LEDGER-14, SNAP-5: a later snapshot includes their balance, without the name and salt of their leaf", async () => {
    const { ledger, snapshots, opened } = await made();
    await ledger.eraseCustomerKey("bob");
    const { record } = await snapshots.build(await snapshots.begin());
    expect(record.totals.map(({ amount }) => amount)).toEqual(["140", "7"]);
    await expect(snapshots.prove(1, ["bob"])).rejects.toThrowError(code("LEDGER_CUSTOMER_ERASED"));
    const blind = await opened({ refuseErased: async () => {} });
    await expect(blind.prove(1, ["bob"])).rejects.toThrowError(code("CUSTOMER_UNKNOWN"));
    expect(await snapshots.forgetErased()).toBe(0);
  });

  it("LEDGER-14: a customer erased during a build is forgotten by the next run", async () => {
    const { ledger, snapshots, opened } = await made((mine) => ({
      async *balancesAt(position, assets) {
        for await (const row of mine.balancesAt(position, assets)) {
          yield row;
          if (row.customer === "bob") await mine.eraseCustomerKey("bob");
        }
      },
    }));
    await snapshots.build(await snapshots.begin());
    await expect(snapshots.prove(1, ["bob"])).rejects.toThrowError(code("LEDGER_CUSTOMER_ERASED"));
    const blind = await opened({ refuseErased: async () => {}, erasures: async () => [] });
    expect(await saltOf(blind, 1, "bob")).toHaveLength(32);
    expect(await snapshots.forgetErased()).toBe(1);
    const again = await opened({ refuseErased: async () => {}, erasures: async () => [] });
    await expect(again.prove(1, ["bob"])).rejects.toThrowError(code("CUSTOMER_UNKNOWN"));
    expect((await ledger.erasures(0n)).map(({ customer }) => customer)).toEqual(["bob"]);
  });

  it("LEDGER-14: a run interrupted between two trees resumes with the second", async () => {
    const { ledger, snapshots, opened, isStored } = await made();
    for (const _ of [1, 2]) await snapshots.build(await snapshots.begin());
    const salts = await Promise.all([1, 2].map((number) => saltOf(snapshots, number, "bob")));
    await ledger.eraseCustomerKey("bob");
    const aborter = new AbortController();
    let asked = 0;
    const stopping = await opened({
      async erasures(after) {
        asked += 1;
        if (asked === 3) aborter.abort();
        return ledger.erasures(after);
      },
    });
    await expect(stopping.forgetErased({ signal: aborter.signal })).rejects.toThrow();
    expect(await Promise.all(salts.map((salt, index) => isStored(index + 1, salt)))).toEqual([false, true]);
    expect(await snapshots.forgetErased()).toBe(1);
    expect(await Promise.all(salts.map((salt, index) => isStored(index + 1, salt)))).toEqual([false, false]);
  });

  it("LEDGER-14: a salt stored in two rows is overwritten in both", async () => {
    const { ledger, snapshots, opened, schema, isStored } = await made();
    await snapshots.build(await snapshots.begin());
    const salt = await saltOf(snapshots, 1, "bob");
    const image = await bytesOfTree(under.database(), schema, 1);
    const cut = image.indexOf(salt) + 16;
    await replaceTree(under.database(), schema, 1, [image.subarray(0, cut), image.subarray(cut)]);
    expect(await isStored(1, salt)).toBe(true);
    await ledger.eraseCustomerKey("bob");
    expect(await snapshots.forgetErased()).toBe(1);
    for (const half of [salt.subarray(0, 16), salt.subarray(16)]) expect(await isStored(1, half)).toBe(false);
    expect(liabilityScheme("sum").verify(await (await opened()).prove(1, ["alice"]))).toMatchObject({
      isValid: true,
    });
  });

  it("LEDGER-14, TREE_IMAGE_INVALID: a damaged tree stops no other, and a removed one is skipped", async () => {
    const { ledger, snapshots, schema, isStored } = await made();
    for (const _ of [1, 2, 3, 4]) await snapshots.build(await snapshots.begin());
    const salt = await saltOf(snapshots, 4, "bob");
    await replaceTree(under.database(), schema, 3, [Uint8Array.of(0)]);
    await under.database().script(`
      INSERT INTO ${schema}.removed_trees VALUES (1, 0); DELETE FROM ${schema}.tree_chunks WHERE number = 1`);
    await ledger.eraseCustomerKey("bob");
    await expect(snapshots.forgetErased()).rejects.toThrowError(code("TREE_IMAGE_INVALID"));
    expect(await isStored(4, salt)).toBe(false);
    const { rows } = await under.database().query(`SELECT number FROM ${schema}.forgotten_leaves
      WHERE erasure = 1 ORDER BY number`);
    expect(rows.map(({ number }) => Number(number))).toEqual([2, 4]);
  });
});
