import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keystoreSuite } from "./keystore.ts";
import { mldsaSuite } from "./mldsa.ts";
import { secp256k1Suite } from "./secp256k1.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const vectors = process.env.TRELLIS_VECTORS ?? besideTheProject;
const areThere = existsSync(join(vectors, "wycheproof"));
if (!areThere) console.warn(`skipped: no vectors in ${vectors}; set TRELLIS_VECTORS`);

describe.skipIf(!areThere)("on the published vectors", () => {
  it("keystore passes", async () => {
    expect(await keystoreSuite.run(vectors)).toEqual({ passed: 5, failed: 0, skipped: 0, failures: [] });
  });

  it("secp256k1 passes", async () => {
    expect(await secp256k1Suite.run(vectors)).toEqual({ passed: 463, failed: 0, skipped: 0, failures: [] });
  });

  it("mldsa passes, except for the cases with a precomputed message hash", async () => {
    expect(await mldsaSuite.run(vectors)).toEqual({ passed: 298, failed: 0, skipped: 17, failures: [] });
  });
});

describe("a suite counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-vectors-"));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (file: string, content: unknown) => writeFile(join(directory, file), JSON.stringify(content));

  it("keystore", async () => {
    await write("sample.json", { broken: { json: { version: 3 }, password: "", priv: "00" } });
    const { passed, failures } = await keystoreSuite.run(directory);
    expect(passed).toBe(0);
    expect(failures).toEqual([expect.stringContaining("KEYSTORE_INVALID")]);
  });

  it("secp256k1", async () => {
    // Public key of the secret key 1. r and s are 1.
    const uncompressed =
      "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
    const test = { tcId: 1, comment: "wrong", msg: "", sig: "3006020101020101" };
    await write("ecdsa_secp256k1_sha256_bitcoin_test.json", {
      testGroups: [
        {
          publicKey: { uncompressed },
          tests: [
            { ...test, result: "valid" },
            { ...test, result: "invalid" },
          ],
        },
      ],
    });
    const { passed, failures } = await secp256k1Suite.run(directory);
    expect(passed).toBe(1);
    expect(failures).toEqual([expect.stringContaining("refused what is valid")]);
  });

  it("mldsa", async () => {
    const seed = "00".repeat(32);
    const publicKey = "00".repeat(1952);
    const test = { tcId: 1, comment: "wrong", msg: "", sig: "", result: "valid" };
    await write("mldsa_65_verify_test.json", { testGroups: [{ publicKey, tests: [test] }] });
    await write("mldsa_65_sign_seed_test.json", {
      testGroups: [
        { publicKey, privateSeed: seed, tests: [test, { tcId: 2, comment: "internal", result: "valid" }] },
      ],
    });
    const { passed, failed, skipped, failures } = await mldsaSuite.run(directory);
    expect({ passed, failed, skipped }).toEqual({ passed: 0, failed: 2, skipped: 1 });
    expect(failures.join()).toMatch(/refused what is valid.*another key/);
  });
});
