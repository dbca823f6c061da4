import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

/** A devnet with two validators and services starts twice. */
const DRILL_MS_MAX = 540_000;

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

const place = (name: string): string => join(directory.path, name);

/** With a folder of its own for scratch directories. */
const drill = (...flags: readonly string[]) =>
  runTrellis(["drill", "--json", ...flags], {
    cwd: directory.path,
    environment: { TMPDIR: directory.path },
    killMs: DRILL_MS_MAX,
  });

const scratches = (): string[] =>
  readdirSync(directory.path).filter((name) => name.startsWith("trellis-drill-"));

const CHECKS = [
  "restore recomputes the state root of each chain",
  "restore marks each validator",
  "certificates, state roots and balances on the chain as of the backup",
  "no transaction lost that was acknowledged before the full backup",
  "snapshots, attestations and log head",
  "customers' balances and entries",
  "no ledger entry lost that was acknowledged before the log backup",
  "trades of the arbitrage ledger",
  "all validators sign again, past the height of the loss",
  "no certificate or vote contradicts an earlier one",
  "new transactions are executed",
  "new snapshots are taken",
];

it("BACKUP-25: a devnet with validators, reserves and arbitrage comes back from a total loss", {
  timeout: DRILL_MS_MAX,
}, async () => {
  const { exitCode, stdout, stderr } = await drill("--report", place("report.json"));
  expect(exitCode, stderr).toBe(0);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ kind: "total loss of a devnet", isPassed: true });
  expect(report.checks.map(({ name }: { name: string }) => name)).toEqual(CHECKS);
  expect(report.checks.filter(({ isPassed }: { isPassed: boolean }) => !isPassed)).toEqual([]);
  const { recoveryPoints, recoveryTimeMs, restoredBytes, restoreMs, restoredBytesPerSecond } = report.figures;
  for (const part of ["chain", "databases"]) {
    expect(recoveryPoints[part].lostMs).toBeGreaterThan(0);
    expect(recoveryPoints[part].lostWrites).toBeGreaterThan(0);
    expect(recoveryPoints[part].writes).toBeGreaterThan(recoveryPoints[part].lostWrites);
  }
  expect(recoveryTimeMs).toBeGreaterThan(restoreMs);
  expect(restoredBytes).toBeGreaterThan(1e6);
  expect(restoredBytesPerSecond).toBeGreaterThan(0);
  expect(readdirSync(directory.path)).toEqual(["report.json"]);
});

it("DRILL_FAILED: the repository is damaged", async () => {
  const repository = ["--repository", place("repository")];
  writeFileSync(place("passphrase"), "only for this test", { mode: 0o600 });
  mkdirSync(place("data"));
  writeFileSync(place("data/file"), "contents");
  const passphrase = ["--passphrase-from", `file:${place("passphrase")}`];
  for (const action of ["init", "run"]) {
    const flags = [...repository, ...passphrase, ...(action === "run" ? ["--data-dir", place("data")] : [])];
    expect(await runTrellis(["backup", action, ...flags])).toMatchObject({ exitCode: 0 });
  }
  expect(await drill(...repository, ...passphrase)).toMatchObject({ exitCode: 0 });
  const packs = readdirSync(place("repository/packs"), { recursive: true, encoding: "utf8" });
  for (const pack of packs.filter((name) => name.length > 10))
    writeFileSync(join(place("repository/packs"), pack), "damaged");
  const { exitCode, stdout, stderr } = await drill(...repository, ...passphrase);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ isPassed: false });
  const error = JSON.parse(stderr.trim().split("\n").at(-1)!);
  expect(error).toMatchObject({
    code: "DRILL_FAILED",
    facts: {
      check: "restore and prove the backup",
      detail: expect.stringContaining("REPOSITORY_DAMAGED"),
    },
  });
  expect(scratches()).toEqual([]);
});
