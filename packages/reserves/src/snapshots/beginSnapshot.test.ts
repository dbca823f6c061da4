import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createEnvelope } from "@trellis/platform/secrets";
import { expect, it } from "vitest";
import type { Ledger } from "../ledger/index.ts";
import { draft, MASTER_KEY, testLedger } from "../ledger/testing/testLedger.ts";
import { refusal } from "../testing/refusal.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { createCustodianSigner, openSnapshots, type SnapshotRecord } from "./index.ts";

const signer = createCustodianSigner(new Uint8Array(32).fill(9));
const totalsOf = ({ totals }: SnapshotRecord) => totals.map(({ asset, amount }) => [asset, amount]);

describeDatabases("beginning a snapshot", (under) => {
  let count = 0;
  async function opened(change: (ledger: Ledger) => Partial<Ledger> = () => ({})) {
    count += 1;
    const ledger = await testLedger(under.database(), `begun_${count}`);
    await ledger.enter([draft({ amount: 100n })]);
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(under.database());
    const shown = { ...ledger, ...change(ledger) };
    const snapshots = await openSnapshots(
      { ...SILENT, database: under.database(), ledger: shown, envelope, atRest, signer },
      { schema: `begun_snapshots_${count}` },
    );
    return { ledger, snapshots };
  }
  async function addEther(ledger: Ledger): Promise<void> {
    await ledger.addAsset({ symbol: "ETH", decimals: 18 });
    await ledger.enter([draft({ asset: "ETH", amount: 3n })]);
  }

  it("SNAP-1: an asset added after the start of a snapshot is not one of its columns", async () => {
    const { ledger, snapshots } = await opened();
    const number = await snapshots.begin();
    await addEther(ledger);
    const { record } = await snapshots.build(number);
    expect(totalsOf(record)).toEqual([
      ["BTC", "100"],
      ["USD", "0"],
    ]);
    const next = await snapshots.build(await snapshots.begin());
    expect(totalsOf(next.record).at(-1)).toEqual(["ETH", "3"]);
  });

  it("SNAP-1: columns are identified by asset, in any order of the ledger", async () => {
    const { snapshots } = await opened((ledger) => ({
      assets: async () => (await ledger.assets()).toReversed(),
    }));
    const { record } = await snapshots.build(await snapshots.begin());
    expect(totalsOf(record)).toEqual([
      ["USD", "0"],
      ["BTC", "100"],
    ]);
  });

  it("SNAP-1: an asset and its first entry, added during the start of a snapshot, are both in it or neither", async () => {
    let isAdded = false;
    const { snapshots } = await opened((ledger) => {
      const addAfter = async <Read>(read: Promise<Read>): Promise<Read> => {
        const before = await read;
        if (!isAdded) await addEther(ledger);
        isAdded = true;
        return before;
      };
      return {
        assets: () => addAfter(ledger.assets()),
        position: () => addAfter(ledger.position()),
      };
    });
    const { record } = await snapshots.build(await snapshots.begin());
    const counted = new Map(record.totals.map(({ asset, amount }) => [asset, amount])).get("ETH") ?? "0";
    expect(counted).toBe(record.ledgerPosition === "1" ? "0" : "3");
  });

  it("SNAP-1: a start overtaken by another snapshot begins after it, with the then current assets", async () => {
    let overtake = async (): Promise<void> => {};
    const { ledger, snapshots } = await opened((ledger) => ({
      async hasDebts() {
        const before = await ledger.hasDebts();
        const meanwhile = overtake;
        overtake = async () => {};
        await meanwhile();
        return before;
      },
    }));
    overtake = async () => {
      await addEther(ledger);
      await snapshots.build(await snapshots.begin());
    };
    const { record } = await snapshots.build(await snapshots.begin());
    expect(record).toMatchObject({ number: 2, ledgerPosition: "2" });
    expect(totalsOf(record).at(-1)).toEqual(["ETH", "3"]);
  });

  it("SNAPSHOT_TOTALS_DIFFER: an asset missing from the list, in every scheme", async () => {
    for (const scheme of ["sum", "plain"] as const) {
      const { ledger, snapshots } = await opened((ledger) => ({
        assets: async () => (await ledger.assets()).filter(({ symbol }) => symbol !== "ETH"),
      }));
      await addEther(ledger);
      await expect(snapshots.build(await snapshots.begin({ scheme }))).rejects.toMatchObject({
        code: "SNAPSHOT_TOTALS_DIFFER",
        facts: { asset: "ETH", tree: 0n, ledger: 3n },
      });
    }
  });

  it("LIABILITIES_INPUT_INVALID: does not start a snapshot that cannot be built", async () => {
    const wide = Array.from({ length: 257 }, (_, n) => ({ symbol: `A${n}`, decimals: 8 }));
    let isWide = true;
    const { snapshots } = await opened((ledger) => ({
      assets: async () => (isWide ? wide : ledger.assets()),
    }));
    await expect(snapshots.begin()).rejects.toThrowError(
      refusal("LIABILITIES_INPUT_INVALID: invalid asset list of a snapshot"),
    );
    isWide = false;
    await expect(snapshots.begin({ depth: 33 })).rejects.toThrowError(
      refusal("LIABILITIES_INPUT_INVALID: the depth does not match the number of customers"),
    );
    expect(await snapshots.list({ limit: 1 })).toEqual([]);
    expect((await snapshots.build(await snapshots.begin())).record.number).toBe(1);
  });
});
