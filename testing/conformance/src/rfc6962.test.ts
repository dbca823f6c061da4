import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rfc6962Suite } from "./rfc6962.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const vectors = process.env.TRELLIS_VECTORS ?? besideTheProject;
const areThere = existsSync(join(vectors, "rfc6962"));
if (!areThere) console.warn(`skipped: no rfc6962 in ${vectors}; set TRELLIS_VECTORS`);

describe.skipIf(!areThere)("on the published vectors", () => {
  it("rfc6962 passes every case", async () => {
    const { passed, skipped, failures } = await rfc6962Suite.run(vectors);
    expect({ failures, skipped }).toEqual({ failures: [], skipped: 0 });
    expect(passed).toBe(252);
  });
});

describe("rfc6962 counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-vectors-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("accepted and refused proofs", async () => {
    const hash = Buffer.alloc(32, 7).toString("base64");
    const right = { leafIdx: 0, treeSize: 1, root: hash, leafHash: hash, proof: null, desc: "one entry" };
    const write = (name: string, vector: unknown) => writeFile(join(directory, name), JSON.stringify(vector));
    await write("a.json", { ...right, wantErr: false });
    await write("b.json", { ...right, wantErr: true });
    await write("c.json", { ...right, treeSize: 2, wantErr: false });
    const { passed, failed, failures } = await rfc6962Suite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 1, failed: 2 });
    expect(failures).toEqual([
      'b.json: "one entry" was accepted',
      'c.json: "one entry" was refused: LOG_PROOF_INVALID',
    ]);
  });
});
