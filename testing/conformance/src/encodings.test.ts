import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rlpSuite } from "./rlp.ts";
import { transactionsSuite } from "./transactions.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const vectors = process.env.TRELLIS_VECTORS ?? besideTheProject;
const areThere = existsSync(join(vectors, "ethereum"));
if (!areThere) console.warn(`skipped: no vectors in ${vectors}; set TRELLIS_VECTORS`);

describe.skipIf(!areThere)("on the published vectors", () => {
  it("rlp passes", async () => {
    const { passed, failures } = await rlpSuite.run(vectors);
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(50);
  });
  it("transactions passes, and accepts the suite's own folder", async () => {
    const { passed, skipped, failures } = await transactionsSuite.run(vectors);
    expect({ failures, skipped }).toEqual({ failures: [], skipped: 0 });
    expect(passed).toBeGreaterThan(80);
    const folders = ["TransactionTests", "TransactionTests-Prague"];
    const own = folders.map((folder) => transactionsSuite.run(join(vectors, "ethereum", folder)));
    expect((await Promise.all(own)).reduce((sum, result) => sum + result.passed, 0)).toBe(passed);
  });
});

describe("a suite counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-vectors-"));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (content: unknown) => writeFile(join(directory, "sample.json"), JSON.stringify(content));

  it("rlp", async () => {
    await write({
      right: { in: ["dog", "#1000", 0], out: "c883646f678203e880" },
      wrongValue: { in: "cat", out: "0x83646f67" },
      validRefused: { in: "VALID", out: "0x8100" },
      invalidTaken: { in: "INVALID", out: "0x00" },
    });
    const { passed, failed, failures } = await rlpSuite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 1, failed: 3 });
    expect(failures.join()).toMatch(/wrongValue.*validRefused.*invalidTaken/);
  });

  it("transactions", async () => {
    // EIP-155's example.
    const txbytes =
      "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
    const hash = "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788";
    const sender = "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f";
    const Cancun = { hash, sender, intrinsicGas: "0x5208" };
    await write({
      right: { txbytes, result: { Cancun } },
      wrongHash: { txbytes, result: { Cancun: { ...Cancun, hash: "0x00" } } },
      wrongSender: { txbytes, result: { Cancun: { ...Cancun, sender: "0x00" } } },
      wrongGas: { txbytes, result: { Cancun: { ...Cancun, intrinsicGas: "0x5209" } } },
      accepted: { txbytes, result: { Cancun: { exception: "TransactionException.X" } } },
      refused: { txbytes: "0x00", result: { Cancun } },
      unknownFork: { txbytes, result: { Berlin: Cancun } },
    });
    const { passed, failed, skipped, failures } = await transactionsSuite.run(directory);
    expect({ passed, failed, skipped }).toEqual({ passed: 1, failed: 5, skipped: 1 });
    expect(failures.join()).toMatch(/wrongHash.*wrongSender.*wrongGas.*accepted.*refused/);
  });
});
