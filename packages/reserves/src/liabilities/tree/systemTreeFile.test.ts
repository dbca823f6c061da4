import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assetList, customers, snapshot } from "../fixtures/customers.ts";
import { seededBytes } from "../fixtures/seededBytes.ts";
import { plainScheme, sumScheme } from "../schemes.ts";
import { createTreeFile, openTreeFile } from "./systemTreeFile.ts";

const assets = assetList(1);
const ports = { random: seededBytes("file") };
const build = (scheme = sumScheme) =>
  scheme.build(customers(20, assets), snapshot(1, assets, { depth: 16 }), ports);
const balances = (amount: bigint) => ({ equity: [amount], debt: [] });

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tree-file-"));
  path = join(folder, "tree");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("tree file", () => {
  it.each([sumScheme, plainScheme])("$name: what was committed is there again", async (scheme) => {
    const file = await createTreeFile(path, await build(scheme));
    file.tree.update("customer 3", balances(7n));
    await file.commit();
    for (let late = 0; late < 1100; late++) {
      file.tree.insert({ ...customers(1, assets)[0]!, customerId: `late ${late}` });
    }
    await file.commit();
    const { record } = file.tree;
    await file.close();
    expect((await stat(`${path}.journal`)).size).toBe(0);
    const again = await openTreeFile(path, ports);
    expect(again.tree.record).toEqual(record);
    expect(scheme.verify(again.tree.prove(["late 1099", "customer 3"]))).toMatchObject({ isValid: true });
    again.tree.update("late 5", balances(9n));
    await Promise.all([again.commit(), again.commit()]);
    await again.close();
    const last = await openTreeFile(path, ports);
    expect(last.tree.balances("late 5")).toEqual(balances(9n));
    await last.close();
  });

  it("wherever a crash cuts journal and file, it opens as one of the commits", async () => {
    const file = await createTreeFile(path, await build());
    const before = await readFile(path);
    const roots = [file.tree.record.root];
    const sizes = [0];
    for (const amount of [1n, 2n, 3n]) {
      file.tree.update("customer 3", balances(amount));
      await file.commit();
      roots.push(file.tree.record.root);
      sizes.push((await stat(`${path}.journal`)).size);
    }
    const journal = await readFile(`${path}.journal`);
    const after = Buffer.concat([...file.tree.image()]);
    const copy = join(folder, "copy");
    for (let size = 0; size <= journal.length; size += 61) {
      const committed = sizes.findLastIndex((known) => known <= size);
      // Of a change that is in the journal, the file may have any part.
      const torn = Buffer.from(before);
      for (let at = 0; at < torn.length; at++) if (committed === 3 && at % 3 === 0) torn[at] = after[at]!;
      await writeFile(copy, torn);
      await writeFile(`${copy}.journal`, journal.subarray(0, size));
      const opened = await openTreeFile(copy, ports);
      expect(opened.tree.record.root).toEqual(roots[committed]);
      expect(sumScheme.verify(opened.tree.prove(["customer 3"]))).toMatchObject({ isValid: true });
      await opened.close();
    }
    await file.close();
  });

  it("the journal begins anew when it is long", async () => {
    const file = await createTreeFile(path, await build(), { journalBytesMax: 5000 });
    const sizes: number[] = [];
    for (let amount = 1n; amount <= 9n; amount++) {
      file.tree.update("customer 3", balances(amount));
      await file.commit();
      sizes.push((await stat(`${path}.journal`)).size);
    }
    await file.close();
    expect(Math.max(...sizes)).toBeLessThan(10_000);
    expect(sizes.some((size, round) => size < (sizes[round - 1] ?? 0))).toBe(true);
    const again = await openTreeFile(path, ports);
    expect(again.tree.balances("customer 3")).toEqual(balances(9n));
    await again.close();
  });

  it("TREE_FILE_UNAVAILABLE: no such file, no such folder, or one that is there", async () => {
    const unavailable = { code: "TREE_FILE_UNAVAILABLE" };
    await expect(openTreeFile(path, ports)).rejects.toMatchObject(unavailable);
    const tree = await build();
    await expect(createTreeFile(join(folder, "absent", "tree"), tree)).rejects.toMatchObject(unavailable);
    await (await createTreeFile(path, tree)).close();
    await expect(createTreeFile(path, tree)).rejects.toMatchObject(unavailable);
  });

  it("TREE_IMAGE_INVALID: a file that is cut off, and it is left as it is", async () => {
    await (await createTreeFile(path, await build())).close();
    const copy = join(folder, "copy");
    await copyFile(path, copy);
    await writeFile(copy, (await readFile(path)).subarray(0, 1000));
    await expect(openTreeFile(copy, ports)).rejects.toMatchObject({ code: "TREE_IMAGE_INVALID" });
    expect((await stat(copy)).size).toBe(1000);
  });
});
