import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { startS3, type TestS3 } from "@trellis/kit/s3";
import { loadSettings } from "@trellis/platform/config";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { backupDefinition } from "./settings.ts";
import { BackupBench, type Flags } from "./testing/BackupBench.ts";

let s3: TestS3;
let bench: BackupBench;
let remote: string;
let both: Partial<Flags>;
let prefixes = 0;

beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.stop());
beforeEach(async () => {
  for (const [name, value] of Object.entries(s3.credentials)) vi.stubEnv(name, value);
  bench = await BackupBench.open();
  remote = `s3://${s3.bucket}/backups-${prefixes++}/`;
  both = { ...inS3(), repository: [bench.at("repository"), remote] };
});
afterEach(() => bench.close());

function inS3(): Partial<Flags> {
  return { repository: [remote], s3Endpoint: s3.endpoint, s3Region: "us-east-1", s3PathStyle: true };
}

async function damage(): Promise<void> {
  const packs = bench.at("repository", "packs");
  const [pack] = (await readdir(packs, { recursive: true })).filter((name) => name.length > 10);
  await writeFile(bench.at("repository", "packs", pack!), "damaged");
}

it("BACKUP-16: each repository gets its own backups; reading continues in the next one", async () => {
  expect(await bench.json(both, "init")).toMatchObject({
    repositories: [{ repository: bench.at("repository") }, { repository: remote }],
  });
  const { repositories: made } = await bench.json(both, "run");
  const [local, second] = made as { readonly id: string }[];
  expect(await bench.json({}, "list")).toMatchObject({ backups: [{ id: local!.id }] });
  expect(await bench.json(inS3(), "list")).toMatchObject({ backups: [{ id: second!.id }] });
  expect(await bench.json(both, "show", "latest")).toMatchObject({ id: local!.id });
  expect(bench.stderr).toBe("");
  expect(await bench.json(both, "show", second!.id)).toMatchObject({ id: second!.id });
  expect(bench.stderr).toMatch(/repository: unknown backup/);
  await damage();
  await bench.run(both, "restore", "latest", bench.at("restored"));
  expect(bench.stderr).toContain(`${bench.at("repository")}: repository damaged`);
  expect(bench.stdout).toContain("restored as of");
  expect(await readFile(bench.at("restored", "file"), "utf8")).toBe("contents");
  expect((await readdir(bench.folder)).filter((name) => name.includes("partial"))).toEqual([]);
});

it("BACKUP-16: a failure in one repository does not stop the others, and fails the command", async () => {
  await bench.json(both, "init");
  await rm(bench.at("repository"), { recursive: true });
  await expect(bench.run({ ...both, json: true }, "run")).rejects.toMatchObject({
    code: "REPOSITORY_MISSING",
  });
  expect(bench.stderr).toContain(`${bench.at("repository")}: no backup repository`);
  expect(JSON.parse(bench.stdout)).toMatchObject({
    repositories: [
      { error: { code: "REPOSITORY_MISSING" } },
      { repository: remote, addedBytes: expect.any(Number) },
    ],
  });
  expect(await bench.json(inS3(), "list")).toMatchObject({ backups: [{}] });
  await s3.kill();
  const dead = bench.run({ ...both, repository: [remote, bench.at("repository")] }, "init");
  await expect(dead).rejects.toMatchObject({ code: "REPOSITORY_UNAVAILABLE" });
  expect(bench.stdout).toContain(`${bench.at("repository")}: repository `);
  await s3.restart();
});

it("BACKUP-16: a locked repository does not stop the others", async () => {
  await bench.json(both, "init");
  const lock = { holder: "another run", expiresMs: Date.now() + 60_000 };

  const locks = bench.at("repository", "locks");
  await mkdir(locks, { recursive: true });
  await writeFile(`${locks}/a`, JSON.stringify(lock));
  await expect(bench.run(both, "run")).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
  expect(await bench.json(inS3(), "list")).toMatchObject({ backups: [{}] });
  expect(await bench.json(inS3(), "verify")).toMatchObject({ backups: 1 });
});

it("BACKUP-16: no repository has what was asked", async () => {
  await bench.json(both, "init");
  const asked = bench.run(both, "restore", "latest", bench.at("restored"));
  await expect(asked).rejects.toMatchObject({ code: "BACKUP_UNKNOWN" });
  expect(bench.stderr.match(/unknown backup/g)).toHaveLength(2);
});

it("BACKUP-16: reads a list of repositories", async () => {
  const load = (repository: string) =>
    loadSettings(backupDefinition, {
      argv: ["--repository", repository],
      environment: {},
      defaultFile: bench.at("none"),
    });
  expect((await load("/backups, s3://offsite/trellis")).settings.repository).toEqual([
    "/backups",
    "s3://offsite/trellis",
  ]);
  for (const malformed of ["", "/backups,", "s3://UPPER", "http://host/x"])
    await expect(load(malformed), malformed).rejects.toMatchObject({ code: "CONFIG_INVALID_VALUE" });
});
