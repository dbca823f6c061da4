import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { silentLog, silentMetrics } from "@trellis/base";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { BackupBench } from "../backup/testing/BackupBench.ts";
import type { DrillReport } from "./DrillRecord.ts";
import { run } from "./run.ts";
import { type DrillSettings, drillDefinition } from "./settings.ts";

let bench: BackupBench;
beforeEach(async () => {
  bench = await BackupBench.open();
  vi.stubEnv("TMPDIR", bench.folder);
  await bench.newRepository();
  await bench.json({}, "run");
});
afterEach(() => {
  vi.unstubAllEnvs();
  return bench.close();
});

async function scratches(): Promise<string[]> {
  return (await readdir(bench.folder)).filter((name) => name.startsWith("trellis-drill-"));
}

/** Returns what was printed, also if the drill fails. */
async function drill(given: Partial<DrillSettings>): Promise<{ printed: string; failure: unknown }> {
  let printed = "";
  const write = (text: string): void => {
    printed += text;
  };
  const lifecycle = createLifecycle({ log: silentLog });
  const io = {
    lifecycle,
    log: silentLog,
    metrics: silentMetrics,
    environment: {},
    stdout: { write, isTerminal: false },
    stderr: { write: () => {}, isTerminal: false },
  } as unknown as ServiceIo;
  const defaults = Object.entries(drillDefinition.settings).map(([name, setting]) => [name, setting.default]);
  const settings = {
    ...Object.fromEntries(defaults),
    repository: [bench.at("repository")],
    passphraseFrom: `file:${bench.at("passphrase")}`,
    ...given,
  } as DrillSettings;
  const failure = await run(settings, io).catch((error: unknown) => error);
  await lifecycle.stop("done");
  return { printed, failure };
}

it("BACKUP-26: rehearses with an operator's backup, reports, and leaves nothing", async () => {
  const reportFile = bench.at("drill.md");
  const { printed, failure } = await drill({ json: true, report: reportFile });
  expect(failure).toBeUndefined();
  const report = JSON.parse(printed) as DrillReport;
  expect(report).toMatchObject({
    kind: "restore of a backup",
    isPassed: true,
    backup: { repository: bench.at("repository") },
    figures: {
      restoredBytes: "contents".length,
      recoveryTimeMs: expect.any(Number),
      recoveryPoints: { "chain and files": { lostMs: expect.any(Number) } },
    },
  });
  expect(report.checks).toHaveLength(2);
  const text = await readFile(reportFile, "utf8");
  expect(text).toContain(`Backup ${report.backup!.id} of`);
  for (const { name } of report.checks) expect(text).toContain(`| ${name} | passed |`);
  expect(await scratches()).toEqual([]);
});

it("DRILL_FAILED: a damaged repository, with the report", async () => {
  const packs = bench.at("repository", "packs");
  const [pack] = (await readdir(packs, { recursive: true })).filter((name) => name.length > 10);
  await writeFile(`${packs}/${pack}`, "damaged");
  const report = bench.at("drill.json");
  const { failure } = await drill({ report });
  expect(failure).toMatchObject({
    code: "DRILL_FAILED",
    facts: { check: "restore and prove the backup", detail: expect.stringContaining("REPOSITORY_DAMAGED") },
    cause: { code: "REPOSITORY_DAMAGED" },
  });
  expect(JSON.parse(await readFile(report, "utf8"))).toMatchObject({
    isPassed: false,
    checks: [{ name: "restore and prove the backup", isPassed: false }],
  });
  expect(await scratches()).toEqual([]);
});

it("BACKUP-26: rehearses with each repository, also after one has failed", async () => {
  const places = [bench.at("broken"), bench.at("repository"), bench.at("second")];
  for (const name of ["broken", "second"]) {
    await bench.newRepository(name);
    await bench.json({ repository: [bench.at(name)] }, "run");
  }
  await rm(bench.at("broken", "packs"), { recursive: true });
  const { failure, printed } = await drill({ repository: places, json: true });
  expect(failure).toMatchObject({
    code: "DRILL_FAILED",
    facts: { check: `restore and prove the backup (${places[0]})`, failed: 1 },
  });
  const { figures, checks } = JSON.parse(printed) as DrillReport;
  expect(Object.keys(figures.recoveryPoints)).toEqual(places.map((place) => `chain and files (${place})`));
  expect(checks.filter(({ isPassed }) => isPassed)).toHaveLength(4);
  const { backups } = await bench.json({ repository: [places[2]!] }, "list");
  const [{ id }] = backups as [{ id: string }];
  const one = await drill({ repository: places, backup: id, json: true });
  expect(one.failure).toBeUndefined();
  expect(JSON.parse(one.printed)).toMatchObject({ backup: { id, repository: places[2] } });
});

it("DRILL_FAILED: an objective is missed", async () => {
  // Below the least value.
  const { failure, printed } = await drill({ recoveryPointMax: -1, recoveryTimeMax: 3_600_000 });
  expect(failure).toMatchObject({
    code: "DRILL_FAILED",
    facts: { check: "recovery point of chain and files within its objective", failed: 1 },
  });
  expect(printed).toContain("3 of 4 checks passed");
});

it("BACKUP_UNKNOWN is a failed check", async () => {
  const { failure } = await drill({ backup: "20260101T000000Z-00000000" });
  expect(failure).toMatchObject({ code: "DRILL_FAILED", cause: { code: "BACKUP_UNKNOWN" } });
});
