import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { trieSuite } from "./trie.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const vectors = process.env.TRELLIS_VECTORS ?? besideTheProject;
const areThere = existsSync(join(vectors, "ethereum"));
if (!areThere) console.warn(`skipped: no vectors in ${vectors}; set TRELLIS_VECTORS`);

describe.skipIf(!areThere)("on the published vectors", () => {
  it("trie passes every case of the six files", async () => {
    const { passed, skipped, failures } = await trieSuite.run(vectors);
    expect({ failures, skipped }).toEqual({ failures: [], skipped: 0 });
    expect(passed).toBe(26);
  });
});

describe("trie counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-vectors-"));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (name: string, content: unknown) => writeFile(join(directory, name), JSON.stringify(content));

  const dogs = { in: { doe: "reindeer", dog: "puppy", dogglesworth: "cat" } };
  const plainRoot = "0x8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3";
  const secureRoot = "0xd4cd937e4a4368d7931a9cf51686b7e10abb3dce38a39000fd7902a092b64585";

  it("roots", async () => {
    await write("plain.json", { right: { ...dogs, root: plainRoot }, wrong: { ...dogs, root: secureRoot } });
    await write("sample_secureTrie.json", { right: { ...dogs, root: secureRoot } });
    const { passed, failed, failures } = await trieSuite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 2, failed: 1 });
    expect(failures[0]).toMatch(/^plain\.json wrong: one by one the root is 0x8aad/);
  });

  it("a value that is removed at the end is absent", async () => {
    const changes = [...Object.entries(dogs.in), ["horse", "stallion"], ["horse", null]];
    await write("ordered.json", { removed: { in: changes, root: plainRoot } });
    expect(await trieSuite.run(directory)).toMatchObject({ passed: 1, failed: 0 });
  });

  it("neighbours", async () => {
    const keys = ["cat", "doge"];
    await write("nextprev.json", {
      right: { in: keys, tests: [["d", "cat", "doge"]] },
      wrongBefore: { in: keys, tests: [["d", "", "doge"]] },
      wrongBehind: { in: keys, tests: [["cat", "", "cat"]] },
    });
    const { passed, failed, failures } = await trieSuite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 1, failed: 2 });
    expect(failures.join()).toMatch(/wrongBefore.*wrongBehind/);
  });
});
