import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createEnvelope } from "@trellis/platform/secrets";
import { expect, it } from "vitest";
import type { Ledger } from "../ledger/index.ts";
import { enterUnchecked } from "../ledger/testing/enterUnchecked.ts";
import { draft, MASTER_KEY, testLedger } from "../ledger/testing/testLedger.ts";
import { liabilityScheme } from "../liabilities/index.ts";
import { refusal } from "../testing/refusal.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { createCustodianSigner, openSnapshots, verifyRecord } from "./index.ts";

const signer = createCustodianSigner(new Uint8Array(32).fill(9));

describeDatabases("snapshots that are not signed", (under) => {
  let count = 0;
  async function opened({
    change = () => ({}),
    isOverflowed = false,
  }: {
    readonly change?: (ledger: Ledger) => Partial<Ledger>;
    readonly isOverflowed?: boolean;
  } = {}) {
    count += 1;
    const mine = await testLedger(under.database(), `ended_${count}`);
    const schema = `ended_snapshots_${count}`;
    const snapshots = await openSnapshots(
      {
        ...SILENT,
        database: under.database(),
        ledger: { ...mine, ...change(mine) },
        signer,
        envelope: createEnvelope([MASTER_KEY], SILENT.random),
        atRest: await testAtRest(under.database()),
      },
      { schema },
    );
    if (isOverflowed) await enterUnchecked(under.database(), mine);
    else await mine.enter([draft({ amount: 100n })]);
    const chunkCount = async () =>
      Number((await under.database().query(`SELECT count(*) FROM ${schema}.tree_chunks`)).rows[0]!.count);
    return { ledger: mine, snapshots, schema, chunkCount };
  }

  it("SNAP-12, LIABILITIES_INPUT_INVALID: ends a snapshot started by an older version with an unbuildable list", async () => {
    const { snapshots, schema } = await opened();
    const number = await snapshots.begin();
    const wide = JSON.stringify(Array.from({ length: 257 }, (_, n) => ({ symbol: `A${n}`, decimals: 8 })));
    await under
      .database()
      .script(`UPDATE ${schema}.snapshots SET terms = jsonb_set(terms::jsonb, '{assets}', '${wide}')::text`);
    await expect(snapshots.build(number)).rejects.toThrowError(
      refusal("LIABILITIES_INPUT_INVALID: invalid asset list of a snapshot"),
    );
    expect(await snapshots.list({ limit: 5 })).toEqual([]);
    expect((await snapshots.build(await snapshots.begin())).record).toMatchObject({ number: 1 });
  });

  it("SNAP-12, SUM_OVERFLOW: ends a snapshot whose sums overflow, and takes the next once amounts are corrected", async () => {
    const { ledger, snapshots } = await opened({ isOverflowed: true });
    await expect(snapshots.build(await snapshots.begin())).rejects.toThrowError(refusal("SUM_OVERFLOW"));
    await ledger.enter([draft({ customer: "bob", kind: "adjustment", amount: -1n })]);
    expect((await snapshots.build(await snapshots.begin())).record).toMatchObject({ number: 1 });
  });

  it("SNAP-12, SNAPSHOT_TOTALS_DIFFER: keeps a snapshot that may still succeed until it is ended", async () => {
    let isShort = true;
    const { snapshots, chunkCount } = await opened({
      change: (ledger) => ({
        totals: async (position) => (isShort ? new Map([["BTC", 1n]]) : ledger.totals(position)),
      }),
    });
    const number = await snapshots.begin();
    const { snapshotId } = (await idOf(number))!;
    await expect(snapshots.build(number)).rejects.toThrowError(refusal("SNAPSHOT_TOTALS_DIFFER"));
    await expect(snapshots.begin()).rejects.toThrowError(
      refusal("SNAPSHOT_UNSIGNED: the previous snapshot must end first"),
    );
    await snapshots.end(number);
    expect(await snapshots.list({ limit: 5 })).toEqual([]);
    expect(await chunkCount()).toBe(0);
    isShort = false;
    const { record } = await snapshots.build(await snapshots.begin());
    expect(record.number).toBe(1);
    expect(record.snapshotId).not.toBe(snapshotId);

    async function idOf(of: number) {
      const { rows } = await under
        .database()
        .query(
          `SELECT encode(snapshot_id, 'hex') AS id FROM ended_snapshots_${count}.snapshots WHERE number = $1`,
          [of],
        );
      return rows.map(({ id }) => ({ snapshotId: `0x${String(id)}` }))[0];
    }
  });

  it("SNAP-12: a builder stores nothing for a snapshot that was ended meanwhile", async () => {
    let end = async (): Promise<void> => {};
    const { snapshots, chunkCount } = await opened({
      change: (ledger) => ({
        async *balancesAt(position, assets) {
          yield* ledger.balancesAt(position, assets);
          await end();
        },
      }),
    });
    end = () => snapshots.end(1);
    await expect(snapshots.build(await snapshots.begin())).rejects.toThrow();
    end = async () => {};
    expect([await snapshots.list({ limit: 5 }), await chunkCount()]).toEqual([[], 0]);
    expect((await snapshots.build(await snapshots.begin())).record.number).toBe(1);
  });

  async function twoBuilders(stop: "read" | "sign") {
    const { ledger, snapshots, schema } = await opened();
    const builder = async () => {
      const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const wait = () => {
        reached.resolve();
        return go.promise;
      };
      const slow: Ledger = {
        ...ledger,
        async *balancesAt(position, assets) {
          yield* ledger.balancesAt(position, assets);
          await wait();
        },
      };
      const slowSigner: typeof signer = {
        ...signer,
        async sign(message) {
          const signature = await signer.sign(message);
          await wait();
          return signature;
        },
      };
      const own = await openSnapshots(
        {
          ...SILENT,
          database: under.database(),
          ...(stop === "read" ? { ledger: slow, signer } : { ledger, signer: slowSigner }),
          envelope: createEnvelope([MASTER_KEY], SILENT.random),
          atRest: await testAtRest(under.database()),
        },
        { schema },
      );
      return { snapshots: own, reached: reached.promise, go: () => go.resolve() };
    };
    return { ledger, snapshots, late: await builder(), successor: await builder() };
  }

  it.each(["read", "sign"] as const)(
    "SNAP-3, LEASE_LOST: a process delayed at %s does not overwrite the snapshot that now has the number",
    async (stop) => {
      const { snapshots, late, successor } = await twoBuilders(stop);
      const building = late.snapshots.build(await snapshots.begin());
      await late.reached;
      await snapshots.end(1);
      const next = successor.snapshots.build(await snapshots.begin());
      await successor.reached;
      late.go();
      await expect(building).rejects.toThrowError(
        refusal(stop === "read" ? "LEASE_LOST: snapshot taken over" : "SNAPSHOT_UNSIGNED"),
      );
      successor.go();
      const { record, bytes, signature } = await next;
      expect(verifyRecord({ bytes, signature }, signer.publicKey)).toEqual(record);
      const proof = await snapshots.prove(1, ["alice"]);
      expect(liabilityScheme("sum").verify(proof, { customerId: "alice" })).toMatchObject({ isValid: true });
    },
  );

  it("SNAP-12, SUM_OVERFLOW: a late failure of a build ends no other snapshot", async () => {
    const { ledger, snapshots, late, successor } = await twoBuilders("read");
    const half = 1n << 127n;
    await ledger.enter([draft({ amount: half }), draft({ customer: "bob", amount: half })]);
    const building = late.snapshots.build(await snapshots.begin());
    await late.reached;
    await snapshots.end(1);
    await ledger.enter([draft({ customer: "bob", kind: "adjustment", amount: -half })]);
    const next = successor.snapshots.build(await snapshots.begin());
    await successor.reached;
    late.go();
    await expect(building).rejects.toThrowError(refusal("LEASE_LOST: snapshot taken over"));
    successor.go();
    expect((await next).record.number).toBe(1);
  });

  it("SNAPSHOT_SIGNED, SNAPSHOT_UNKNOWN: a signed snapshot stays", async () => {
    const { snapshots } = await opened();
    const signed = await snapshots.build(await snapshots.begin());
    await expect(snapshots.end(1)).rejects.toThrowError(refusal("SNAPSHOT_SIGNED"));
    for (const number of [0, 2]) {
      await expect(snapshots.end(number)).rejects.toThrowError(refusal("SNAPSHOT_UNKNOWN"));
    }
    expect(await snapshots.record(1)).toEqual(signed);
  });
});
