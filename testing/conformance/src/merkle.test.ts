import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { merkleSuite } from "./merkle.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const vectors = process.env.TRELLIS_VECTORS ?? besideTheProject;
const areThere = existsSync(join(vectors, "merkle"));
if (!areThere) console.warn(`skipped: no merkle in ${vectors}; set TRELLIS_VECTORS`);

describe.skipIf(!areThere)("on the published vectors", () => {
  it("merkle passes every case", async () => {
    const { passed, skipped, failures } = await merkleSuite.run(vectors);
    expect({ failures, skipped }).toEqual({ failures: [], skipped: 0 });
    expect(passed).toBe(126);
  });
});

describe("merkle counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-vectors-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("a wrong root, an invalid list, and a file of an unknown kind", async () => {
    const leaf = `0x${"11".repeat(32)}`;
    const tree = { format: "simple-v1", tree: [leaf], values: [{ value: leaf, treeIndex: 0 }] };
    const other = { ...tree, tree: [`0x${"22".repeat(32)}`] };
    await writeFile(join(directory, "a.json"), JSON.stringify(tree));
    await writeFile(join(directory, "b.json"), JSON.stringify(other));
    await writeFile(join(directory, "c.csv"), `username,balance_ETH\nann,${2n ** 64n}\n`);
    await writeFile(join(directory, "d.csv"), "username,balance_ETH\nann,1\nann,2\n");
    await writeFile(join(directory, "notes.txt"), "");
    const { passed, failed, skipped, failures, skips } = await merkleSuite.run(directory);
    expect({ passed, failed, skipped }).toEqual({ passed: 6, failed: 4, skipped: 1 });
    expect(failures[0]).toMatch(/^b\.json tree: was refused/);
    expect(failures.at(-1)).toMatch(/^d\.csv sums in 14 bytes: was refused: .*duplicate customer/);
    expect(skips).toEqual(["notes.txt: neither a tree nor a list that is known"]);
  });
});
