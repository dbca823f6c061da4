import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BackupBench } from "./testing/BackupBench.ts";

let bench: BackupBench;

beforeEach(async () => {
  bench = await BackupBench.open();
  await bench.newRepository();
  await mkdir(bench.at("data", "folder"));
  await writeFile(bench.at("data", "folder", "old"), "old contents");
});
afterEach(() => bench.close());

it("BACKUP-18: prune archives a backup, and extract reads it there", async () => {
  const { id } = (await bench.json({}, "run")) as { readonly id: string };
  await rm(bench.at("data", "folder"), { recursive: true });
  await bench.json({}, "run");
  const archiveTo = bench.at("archive");
  await expect(bench.run({ archiveTo, keepLast: 1 }, "prune")).rejects.toMatchObject({
    code: "REPOSITORY_MISSING",
  });
  const itself = bench.run({ archiveTo: bench.at("repository"), keepLast: 1 }, "prune");
  await expect(itself).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
  await bench.newRepository("archive");
  expect(await bench.run({ archiveTo, keepLast: 1 }, "prune")).toMatch(
    /^1 backups archived in .*archive and removed, 1 kept/,
  );
  await expect(bench.run({}, "show", id)).rejects.toMatchObject({ code: "BACKUP_UNKNOWN" });
  const archive = { repository: [archiveTo] };
  expect(await bench.json(archive, "show", id)).toMatchObject({ id });
  expect(await bench.run(archive, "extract", id, "folder/old")).toBe("old contents");
  expect(await bench.json(archive, "extract", id, "folder", bench.at("taken"))).toEqual({
    backup: id,
    path: "folder",
    kind: "directory",
    bytes: 12,
    files: 1,
    target: bench.at("taken"),
  });
  expect(await readFile(bench.at("taken", "old"), "utf8")).toBe("old contents");
  await bench.run(archive, "extract", id, "folder/old", bench.at("taken-file"));
  expect(await readFile(bench.at("taken-file"), "utf8")).toBe("old contents");
});

it("BACKUP-18: extract continues in the next repository", async () => {
  await bench.newRepository("second");
  const both = { repository: [bench.at("repository"), bench.at("second")] };
  await bench.json(both, "run");
  const packs = bench.at("repository", "packs");
  const [pack] = (await readdir(packs, { recursive: true })).filter((name) => name.length > 10);
  await writeFile(`${packs}/${pack}`, "damaged");
  expect(await bench.run(both, "extract", "latest", "folder/old")).toBe("old contents");
  expect(bench.stderr).toContain(`${bench.at("repository")}: repository damaged`);
});

it("REPOSITORY_DAMAGED: extract does not continue elsewhere after it has printed bytes", async () => {
  await writeFile(bench.at("data", "file"), randomBytes(36 << 20));
  await bench.newRepository("second");
  const both = { repository: [bench.at("repository"), bench.at("second")] };
  await bench.json(both, "run");
  const packs = bench.at("repository", "packs");
  const paths = (await readdir(packs, { recursive: true })).filter((name) => name.length > 10);
  const written = await Promise.all(
    paths.map(async (path) => ({ path: `${packs}/${path}`, at: (await stat(`${packs}/${path}`)).mtimeMs })),
  );
  const [, middle, last] = written.sort((a, b) => a.at - b.at);
  expect(last).toBeDefined();
  await writeFile(middle!.path, "damaged");
  const printing = bench.run(both, "extract", "latest", "file");
  await expect(printing).rejects.toMatchObject({ code: "REPOSITORY_DAMAGED" });
  expect(bench.stdout.length).toBeGreaterThan(0);
  await bench.run(both, "extract", "latest", "file", bench.at("taken"));
  expect(Buffer.compare(await readFile(bench.at("taken")), await readFile(bench.at("data", "file")))).toBe(0);
});

it("BACKUP_PATH_UNKNOWN, and USAGE_INVALID for a directory without a target", async () => {
  await bench.json({}, "run");
  await expect(bench.run({}, "extract", "latest", "folder/odl")).rejects.toMatchObject({
    code: "BACKUP_PATH_UNKNOWN",
    facts: { near: "old" },
  });
  for (const given of [{}, { json: true }])
    await expect(bench.run(given, "extract", "latest", "folder")).rejects.toMatchObject({
      code: "USAGE_INVALID",
    });
  await expect(bench.run({ json: true }, "extract", "latest", "file")).rejects.toMatchObject({
    code: "USAGE_INVALID",
  });
});

it("FINAL-28: a vote log is extracted only with its directory, which is marked", async () => {
  await mkdir(bench.at("data", "validator", "key"), { recursive: true });
  await writeFile(bench.at("data", "validator", "key", "votes.json"), "{}");
  await bench.json({}, "run");
  const alone = bench.run({}, "extract", "latest", "validator/key/votes.json", bench.at("votes"));
  await expect(alone).rejects.toMatchObject({ code: "USAGE_INVALID" });
  expect(await bench.run({}, "extract", "latest", "validator", bench.at("validator"))).toMatch(
    /1 validators marked/,
  );
  expect(await readdir(bench.at("validator", "key"))).toContain("restored.json");
});
