import { mkdir, readdir } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BackupBench } from "./testing/BackupBench.ts";

let bench: BackupBench;
beforeEach(async () => {
  bench = await BackupBench.open();
  await bench.newRepository();
});
afterEach(() => bench.close());

it("BACKUP_SOURCE_UNREADABLE: a mistyped data directory, and one whose disk is not mounted", async () => {
  const before = await readdir(bench.folder);
  const typo = bench.run({ dataDir: bench.at("typo") }, "run");
  await expect(typo).rejects.toMatchObject({
    code: "BACKUP_SOURCE_UNREADABLE",
    facts: { path: bench.at("typo"), reason: "no such directory" },
  });
  expect(await readdir(bench.folder)).toEqual(before);
  await mkdir(bench.at("empty"));
  const empty = bench.run({ dataDir: bench.at("empty") }, "run");
  await expect(empty).rejects.toMatchObject({ facts: { reason: "the directory is empty" } });
  expect(await bench.json({}, "list")).toEqual({ backups: [] });
});

it("FILE_UNWRITABLE: a repository inside the data directory, which would back up itself", async () => {
  await bench.newRepository("data/backups");
  const run = bench.run({ repository: [bench.at("data", "backups")] }, "run");
  await expect(run).rejects.toMatchObject({ code: "FILE_UNWRITABLE", facts: { what: "backup repository" } });
});

it("USAGE_INVALID: a restore to a time does not ignore the id of a backup", async () => {
  const { id, at } = (await bench.json({}, "run")) as { id: string; at: string };
  const asked = bench.run({ at }, "restore", id, bench.at("restored"));
  await expect(asked).rejects.toMatchObject({ code: "USAGE_INVALID", facts: { got: id } });
  const printed = await bench.run({ at }, "restore", "latest", bench.at("restored"));
  expect(printed).toContain(`chains and other files, which have no log: as of ${at}`);
});

it("USAGE_INVALID: prune without a policy keeps all backups", async () => {
  await bench.run({}, "run");
  await bench.run({}, "run");
  await expect(bench.run({}, "prune")).rejects.toMatchObject({ code: "USAGE_INVALID" });
  expect((await bench.json({}, "list")).backups).toHaveLength(2);
});
