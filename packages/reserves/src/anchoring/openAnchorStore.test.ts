import { describeDatabases } from "@trellis/kit/databases";
import { expect, it } from "vitest";
import { openAnchorStore } from "./openAnchorStore.ts";
import { readAnchorFees } from "./readAnchorFees.ts";
import { anchorStoreSuite } from "./testing/anchorStoreSuite.ts";
import { hash, testContent } from "./testing/records.ts";

describeDatabases("anchors", (under) => {
  let targets = 0;
  anchorStoreSuite(under.kind, () => openAnchorStore(under.database(), `target ${targets++}`));

  it("ANCHOR-8: concurrent additions store it once; another target has its own", async () => {
    const store = await openAnchorStore(under.database(), "several");
    const added = await Promise.all([1, 2, 3].map(() => store.add(testContent(1))));
    expect(new Set(added.map(({ version }) => version))).toEqual(new Set([0]));
    const other = await openAnchorStore(under.database(), "others");
    expect(await other.open(10)).toEqual([]);
  });

  it("COST-7: sums the fees of all targets by the time they were seen", async () => {
    const schema = "fees";
    const feesBetween = await readAnchorFees(under.database(), schema);
    expect(await feesBetween(0, 1_000)).toBe(0n);
    const include = async (target: string, seenAtMs: number | undefined, wei: bigint): Promise<void> => {
      const store = await openAnchorStore(under.database(), target, schema);
      const anchor = await store.add(testContent(1));
      const fee = seenAtMs === undefined ? {} : { fee: { wei: String(wei), seenAtMs } };
      const inclusion = { transactionHash: hash(1), block: { height: 7, hash: hash(2) }, ...fee };
      await store.change(anchor, { state: "included", attempts: [], inclusion });
    };
    await include("a", 100, 10n ** 30n);
    await include("b", 199, 1n);
    await include("c", 200, 5n);
    await include("d", undefined, 7n);
    expect(await feesBetween(100, 200)).toBe(10n ** 30n + 1n);
    expect(await feesBetween(200, 201)).toBe(5n);
    expect(await feesBetween(201, 1_000)).toBe(0n);
  });
});
