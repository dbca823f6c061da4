import { VirtualTime } from "@trellis/kit/time";
import { afterAll, describe, expect, it } from "vitest";
import { plainScheme, sumScheme } from "../schemes.ts";
import { assetList, customers, snapshot } from "../testing/customers.ts";
import { seededBytes } from "../testing/seededBytes.ts";
import type { SegmentBuilder, SegmentTask } from "../tree/SegmentBuilder.ts";
import { createSegmentPool, INLINE_BYTES_MAX } from "./createSegmentPool.ts";

const pool = createSegmentPool(2, new VirtualTime());
afterAll(() => pool.close());

describe("segments on worker threads", () => {
  const assets = assetList(2);
  const terms = snapshot(1, assets);
  const ports = () => ({ random: seededBytes("pool") });

  it("produce the same image, byte for byte, as one thread", async () => {
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

  it("take large work off the calling thread, in both schemes", async () => {
    for (const scheme of [sumScheme, plainScheme]) {
      const large: SegmentTask[] = [];
      const segments: SegmentBuilder = {
        parallelCount: pool.parallelCount,
        build: (task) => {
          if (task.leaves.byteLength > INLINE_BYTES_MAX) large.push(task);
          return pool.build(task);
        },
      };
      await scheme.build(customers(6_000, assets), terms, { ...ports(), segments });
      expect(large.length).toBeGreaterThan(0);
      for (const task of large) expect(task.leaves.byteLength).toBe(0);
    }
  });

  it("SUM_OVERFLOW is passed on, and the threads continue", async () => {
    const rows = customers(6_000, assets);
    const overflowing = rows.map((row) => ({ ...row, equity: [2n ** 127n, 1n] }));
    const failing = sumScheme.build(overflowing, terms, { ...ports(), segments: pool });
    await expect(failing).rejects.toMatchObject({ code: "SUM_OVERFLOW", facts: { column: 0 } });
    const good = await sumScheme.build(rows, terms, { ...ports(), segments: pool });
    expect(sumScheme.verify(good.prove(["customer 2"]))).toMatchObject({ isValid: true });
  });

  it("are not started for small work", async () => {
    const small = createSegmentPool(1, new VirtualTime());
    await small.close();
    const tree = await sumScheme.build(customers(3, assets), terms, { ...ports(), segments: small });
    expect(sumScheme.verify(tree.prove(["customer 2"]))).toMatchObject({ isValid: true });
  });
});
