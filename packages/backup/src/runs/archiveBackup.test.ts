import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlobStore } from "../repository/BlobStore.ts";
import type { Manifest } from "../repository/Manifest.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { backUp, locked, newRepository, reopened } from "../testing/testRepository.ts";
import { type PruneReport, pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 };

let folder: string;
let first: Manifest;
let second: Manifest;
let newest: Manifest;
const at = (...names: string[]): string => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-archive-"));
  await mkdir(at("data"));
  for (const name of ["repository", "archive"]) await newRepository(at(name));
  await writeFile(at("data", "large"), systemRandom.bytes(2 << 20));
  await writeFile(at("data", "file"), "first");
  first = await backUp(at("repository"), at("data"));
  await writeFile(at("data", "file"), "second");
  second = await backUp(at("repository"), at("data"));
  await rm(at("data", "large"));
  newest = await backUp(at("repository"), at("data"));
});
afterEach(() => rm(folder, { recursive: true }));

function pruned(archive: string | BlobStore): Promise<PruneReport> {
  return locked(at("repository"), (ports) =>
    locked(archive, (into) => pruneBackups(NONE, { ...ports, archive: into })),
  );
}

it("BACKUP-18: a removed backup is restored from the archive", async () => {
  expect(await pruned(at("archive"))).toEqual({ kept: [newest.id], removed: [first.id, second.id].sort() });
  const repository = await reopened(at("archive"));
  expect(await repository.listed()).toEqual([first.id, second.id].sort());
  const added = (await repository.backups()).map(({ addedBytes }) => addedBytes);
  expect(Math.min(...added)).toBeLessThan(1 << 20);
  const store = await openDirectoryStore(at("archive"));
  expect((await verifyRepository({ store, repository })).problems).toEqual([]);
  for (const [id, text] of [
    [first.id, "first"],
    [second.id, "second"],
  ] as const) {
    const backup = await repository.backup(id);
    expect(backup).toMatchObject({ id, atMs: (id === first.id ? first : second).atMs });
    await restoreBackup({ backup, target: at(text) }, { repository });
    expect(await readFile(at(text, "file"), "utf8")).toBe(text);
    expect((await readFile(at(text, "large"))).length).toBe(2 << 20);
  }
});

it("BACKUP-18: nothing is removed before the archive is complete, and the next run continues", async () => {
  const store = await openDirectoryStore(at("archive"));
  for (let lives = 0; ; lives++) {
    let changes = 0;
    const put: BlobStore["put"] = async (name, bytes) => {
      if (!name.startsWith("locks/") && changes++ === lives) throw new Error("killed");
      await store.put(name, bytes);
    };
    const outcome = await pruned({ ...store, put }).catch((error: unknown) => error);
    const listed = await (await reopened(at("repository"))).listed();
    if (!(outcome instanceof Error)) {
      expect(lives).toBeGreaterThan(3);
      expect(listed).toEqual([newest.id]);
      break;
    }
    expect(outcome.message).toBe("killed");
    expect(listed).toHaveLength(3);
    const repository = await reopened(at("archive"));
    expect((await verifyRepository({ store, repository })).problems).toEqual([]);
  }
  expect(await (await reopened(at("archive"))).listed()).toEqual([first.id, second.id].sort());
});

it("ARCHIVE_REFUSED: a copy of the repository itself", async () => {
  const ports = await reopened(at("repository"));
  await expect(
    locked(at("repository"), (into) =>
      pruneBackups(NONE, { repository: ports, lock: into.lock, archive: into }),
    ),
  ).rejects.toMatchObject({ code: "ARCHIVE_REFUSED" });
  expect(await ports.listed()).toHaveLength(3);
});

it("REPOSITORY_DAMAGED: an archived copy that is incomplete does not count", async () => {
  await cp(at("repository"), at("former"), { recursive: true });
  await pruned(at("archive"));
  await rm(at("repository"), { recursive: true });
  await cp(at("former"), at("repository"), { recursive: true });
  await rm(at("archive", "packs"), { recursive: true });
  await expect(pruned(at("archive"))).rejects.toMatchObject({ code: "REPOSITORY_DAMAGED" });
  expect(await (await reopened(at("repository"))).listed()).toHaveLength(3);
});
