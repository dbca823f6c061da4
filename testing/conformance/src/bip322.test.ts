import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bip322Suite } from "./bip322.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const vectors = process.env.TRELLIS_VECTORS ?? besideTheProject;
const areThere = existsSync(join(vectors, "bip322"));
if (!areThere) console.warn(`skipped: no bip322 in ${vectors}; set TRELLIS_VECTORS`);

describe.skipIf(!areThere)("on the published vectors", () => {
  it("bip322 passes every case", async () => {
    const { passed, skipped, failures } = await bip322Suite.run(vectors);
    expect({ failures, skipped }).toEqual({ failures: [], skipped: 0 });
    expect(passed).toBe(62);
  });
});

describe.skipIf(!areThere)("bip322 counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-vectors-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("another message, a wrong hash, and a missing refusal", async () => {
    const file = JSON.parse(await readFile(join(vectors, "bip322/basic-test-vectors.json"), "utf8"));
    const [simple] = file.simple;
    const [hashes] = file.tx_hashes;
    const wrong = {
      tx_hashes: [{ ...hashes, to_sign_tx_hash: hashes.to_spend_tx_hash }],
      simple: [simple, { ...simple, message: "another" }],
      error: [{ ...simple, description: "valid", signature: simple.bip322_signatures[0] }],
    };
    await writeFile(join(directory, "wrong.json"), JSON.stringify(wrong));
    const { passed, failed, failures } = await bip322Suite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 2, failed: 4 });
    expect(failures[0]).toMatch(/to_sign is 0x[0-9a-f]{64}, expected/);
    expect(failures.at(-1)).toBe("wrong.json valid: was accepted");
  });
});
