import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { encodeProof, proofToJson, sumScheme } from "@trellis/reserves/liabilities";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildVerifier } from "./buildVerifier.ts";

const RECORD = /root record +(0x[0-9a-f]{64})/;
const folder = mkdtempSync(join(tmpdir(), "trellis-verifier-"));
const program = join(folder, "verify-proof.mjs");
let proof = "";

function verify(...given: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...given], {
    cwd: folder,
    env: {},
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

beforeAll(async () => {
  const assets = { assets: [{ id: "EUR", decimals: 2 }], hasDebt: true };
  const rows = ["alice", "bob", "carol"].map((customerId, number) => ({
    customerId,
    userKey: new Uint8Array(32).fill(number + 1),
    equity: [1_000n * BigInt(number + 1)],
    debt: [BigInt(number)],
  }));
  const terms = { snapshotId: new Uint8Array(32).fill(9), assets };
  const tree = await sumScheme.build(rows, terms, { random: systemRandom });
  file("proof.bin", encodeProof(tree.prove(["bob"])));
  proof = file("proof.json", proofToJson(tree.prove(["bob"])));
  await buildVerifier(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("verifier in one file", () => {
  it("imports only file reading", () => {
    const imports = readFileSync(program, "utf8").match(/^import .*|\bimport\(.*|\brequire\(.*/gm);
    expect(imports).toEqual(['import { readFileSync } from "node:fs";']);
  });

  it("prints what a proof shows, for both encodings, also with the published record", () => {
    const { status, stdout, stderr } = verify(proof);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const lines = stdout.split("\n").map((line) => line.replace(/ +/, " "));
    expect(lines).toContain('customer "bob"');
    expect(stdout).toMatch(
      /owns +20\.00 "EUR"\n +owes +0\.01 "EUR"\nall own +60\.00 "EUR"\nall owe +0\.03 "EUR"\n/,
    );
    const [, record = ""] = RECORD.exec(stdout) ?? [];
    expect(verify(join(folder, "proof.bin")).stdout).toBe(stdout);
    // A proof file alone is not evidence (LIAB-23).
    expect(stdout).toMatch(/^consistent .*not compared with a published record$/m);
    expect(verify(proof, record)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^valid /) });
  });

  it("PROOF_MISMATCH: another record than the published one", () => {
    expect(verify(proof, `0x${"ab".repeat(32)}`)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/different root record[\s\S]*\nPROOF_MISMATCH\n/),
    });
  });

  it("PROOF_MISMATCH: another customer than the expected one", () => {
    const [, record = ""] = RECORD.exec(verify(proof).stdout) ?? [];
    expect(verify(proof, record, "bob")).toMatchObject({ status: 0 });
    expect(verify(proof, record, "ann")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/for another customer[\s\S]*\nPROOF_MISMATCH\n/),
    });
  });

  it("refuses a tampered proof with the level of the failure", () => {
    const tampered = file("tampered.json", readFileSync(proof, "utf8").replace('"sums":["', '"sums":["9'));
    const { status, stderr } = verify(tampered);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^refused: .*at level \d+ \(0 is the customer's own leaf\)\n[A-Z_]+\nhint: /);
  });

  it("refuses an invalid proof, and reports unreadable files and unreachable services", () => {
    expect(verify(file("none.json", "{}"))).toMatchObject({ status: 1, stdout: "" });
    expect(verify(join(folder, "missing"))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/ENOENT/),
    });
    expect(verify()).toMatchObject({ status: 2, stderr: expect.stringMatching(/^Verifies a proof/) });
    for (const [given, wrong] of [
      [["0x12"], /^RECORD is not .*: "0x12"; --help/],
      [[`0x${"0".repeat(64)}`, "bob", "more"], /^nothing is expected after .*"bob"\): "more"; --help/],
    ] as const)
      expect(verify(proof, ...given)).toMatchObject({ status: 2, stderr: expect.stringMatching(wrong) });
    expect(verify("--help")).toMatchObject({ status: 0, stderr: "" });
  });
});
