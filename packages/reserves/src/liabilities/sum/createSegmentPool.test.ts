import { afterAll, describe, expect, it } from "vitest";
import { assetList, customers, snapshot } from "../fixtures/customers.ts";
import { seededBytes } from "../fixtures/seededBytes.ts";
import { plainScheme, sumScheme } from "../schemes.ts";
import { createSegmentPool } from "./createSegmentPool.ts";

const pool = createSegmentPool(2);
afterAll(() => pool.close());

describe("segments on worker threads", () => {
  const assets = assetList(2);
  const terms = snapshot(1, assets);
  const ports = () => ({ random: seededBytes("pool") });

  it("make the same image, byte for byte, as one thread does", async () => {
    const rows = customers(20_000, assets);
    const [alone, shared] = await Promise.all([
      sumScheme.build(rows, terms, ports()),
      sumScheme.build(rows, terms, { ...ports(), segments: pool }),
    ]);
    expect(shared.record).toEqual(alone.record);
    expect(Buffer.concat([...shared.image()]).equals(Buffer.concat([...alone.image()]))).toBe(true);
    for (const customer of [0, 1, 10_000, 19_999]) {
      expect(sumScheme.verify(shared.prove([`customer ${customer}`]))).toMatchObject({ isValid: true });
    }
  });

  it("leave the calling thread free while they hash, in both schemes", async () => {
    for (const scheme of [sumScheme, plainScheme]) {
      const rows = customers(6_000, assets);
      let turns = 0;
      const turn = () => {
        turns += 1;
        next = setImmediate(turn);
      };
      let next = setImmediate(turn);
      await scheme.build(rows, terms, { ...ports(), segments: pool });
      clearImmediate(next);
      expect(turns).toBeGreaterThan(1);
    }
  });

  it("SUM_OVERFLOW comes through, and the threads go on", async () => {
    const rows = customers(6_000, assets);
    const overflowing = rows.map((row) => ({ ...row, equity: [2n ** 127n, 1n] }));
    const failing = sumScheme.build(overflowing, terms, { ...ports(), segments: pool });
    await expect(failing).rejects.toMatchObject({ code: "SUM_OVERFLOW", facts: { column: 0 } });
    const good = await sumScheme.build(rows, terms, { ...ports(), segments: pool });
    expect(sumScheme.verify(good.prove(["customer 2"]))).toMatchObject({ isValid: true });
  });

  it("are not started for what is hashed sooner than they start", async () => {
    const small = createSegmentPool(1);
    await small.close();
    const tree = await sumScheme.build(customers(3, assets), terms, { ...ports(), segments: small });
    expect(sumScheme.verify(tree.prove(["customer 2"]))).toMatchObject({ isValid: true });
  });
});
