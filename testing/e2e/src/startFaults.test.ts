import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const isRoot = process.getuid?.() === 0;
/** Root may write everywhere. */
const uid = isRoot ? 65_532 : undefined;
if (!isRoot) console.log("startFaults: no read-only disk is tried, because only root can mount one");

let started = 0;
let directory: TemporaryDirectory;
const place = (name: string): string => join(directory.path, name);

beforeAll(async () => {
  directory = await temporaryDirectory();
  chmodSync(directory.path, 0o755);
  mkdirSync(place("own"), { mode: 0o777 });
  chmodSync(place("own"), 0o777);
  mkdirSync(place("forbidden"), { mode: 0o000 });
  mkdirSync(place("readOnly"));
  if (isRoot)
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "ro", "none", place("readOnly")]).status).toBe(0);
});
afterAll(async () => {
  if (isRoot) spawnSync("umount", [place("readOnly")]);
  await directory.remove();
});

const NODE = "node --network local --rpc-port 0 --http-port 0 --listen 127.0.0.1:0 --mdns=false";
const RESERVES = "reserves serve --port 0";
const ARBITRAGE = "arbitrage serve --port 0";
const SIGNER = "signer serve --port 0";
const BACKUP = "backup watch --port 0";

/** One line says what and why; the next two are the code and the hint. */
async function expectRefused(
  line: string,
  data: string,
  [code, reason]: readonly [string, RegExp],
): Promise<void> {
  const args = [...line.split(" "), "--data-dir", join(place(data), `data-${++started}`)];
  const { exitCode, stdout, stderr } = await runTrellis(args, { cwd: place("own"), uid });
  expect(exitCode, stderr).toBe(1);
  expect(stdout).toBe("");
  const lines = stderr
    .trimEnd()
    .split("\n")
    .filter((text) => !text.startsWith("{"));
  expect(lines).toEqual([
    expect.stringMatching(/^trellis: .+/),
    `  code: ${code}`,
    expect.stringMatching(/^ {2}hint: .+/),
  ]);
  expect(lines[0]).toMatch(reason);
}

describe("a data directory of another user", () => {
  it.concurrent.each([NODE, RESERVES, SIGNER])("%s", async (line) => {
    await expectRefused(line, "forbidden", ["STORE_UNAVAILABLE", /EACCES.*\/forbidden\//]);
  });
});

describe.skipIf(!isRoot)("a read-only disk", () => {
  it.concurrent.each([NODE, RESERVES, SIGNER])("%s", async (line) => {
    await expectRefused(line, "readOnly", ["STORE_UNAVAILABLE", /EROFS.*\/readOnly\//]);
  });
});

describe("a missing secret", () => {
  const none = "file:/run/secrets/none";
  it.concurrent.each([
    `${NODE} --validator-dir /run/secrets --validator-password-from ${none}`,
    `${RESERVES} --database ${none}`,
    `${RESERVES} --keys-passphrase-from ${none}`,
    `${ARBITRAGE} --rpc-from ${none}`,
    `${SIGNER} --envelope-keys-from ${none}`,
    `${BACKUP} --passphrase-from ${none}`,
  ])("%s", async (line) => {
    const isValidator = line.includes("--validator-dir");
    const expected = isValidator
      ? (["VALIDATOR_KEY_MISSING", /\/run\/secrets/] as const)
      : (["SECRET_UNREADABLE", /\/run\/secrets\/none.*ENOENT/] as const);
    await expectRefused(line, "own", expected);
  });
});
