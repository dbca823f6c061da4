import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlobStore } from "../repository/BlobStore.ts";
import type { Manifest } from "../repository/Manifest.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { backUp, locked, newRepository, reopened } from "../testing/testRepository.ts";
import { pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 };
const KEPT = systemRandom.bytes(700_000);

let place: string;
let newest: Manifest;
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-beside-"));
  await mkdir(at("data"));
  await newRepository(at("repository"));
  // The first backup's pack has little that the second one needs, so a prune writes that again.
  await writeFile(at("data", "kept"), KEPT);
  await writeFile(at("data", "large"), systemRandom.bytes(3 << 20));
  await backUp(at("repository"), at("data"));
  await rm(at("data", "large"));
  newest = await backUp(at("repository"), at("data"));
});
afterEach(() => rm(place, { recursive: true, force: true }));

function prune(): Promise<unknown> {
  return locked(at("repository"), (ports) => pruneBackups(NONE, ports));
}

it("BACKUP-6: a restore and a verification continue while another process prunes", async () => {
  const [store, repository] = [await openDirectoryStore(at("repository")), await reopened(at("repository"))];
  const other = await reopened(at("repository"));
  await prune();
  await restoreBackup({ backup: newest, target: at("restored") }, { repository });
  expect(Buffer.compare(await readFile(at("restored", "kept")), KEPT)).toBe(0);
  const { problems } = await verifyRepository({ store, repository: other });
  expect(problems.filter(({ backups }) => backups.includes(newest.id))).toEqual([]);
});

it.each(["the catalog was read", "the indexes were listed"])("BACKUP-6: a prune after %s", async (when) => {
  const store = await openDirectoryStore(at("repository"));
  let calls = 0;
  const pruned: BlobStore = {
    ...store,
    async *list(prefix) {
      const isFirst = prefix === "indexes/" && calls++ === 0;
      if (isFirst && when === "the catalog was read") await prune();
      const listed = await Array.fromAsync(store.list(prefix));
      if (isFirst && when === "the indexes were listed") await prune();
      yield* listed;
    },
  };
  const repository = await reopened(pruned);
  expect(calls).toBeGreaterThan(1);
  await restoreBackup({ backup: newest, target: at("restored") }, { repository });
});

it("REPOSITORY_DAMAGED: a chunk that a prune has not moved", async () => {
  const repository = await reopened(at("repository"));
  await rm(at("repository", "packs"), { recursive: true });
  const restoring = restoreBackup({ backup: newest, target: at("restored") }, { repository });
  await expect(restoring).rejects.toMatchObject({ code: "REPOSITORY_DAMAGED" });
});

it("a damaged pack that no backup needs stops neither restores nor backups, and verification names it", async () => {
  const name = `packs/00/${"0".repeat(64)}`;
  await mkdir(dirname(at("repository", name)), { recursive: true });
  await writeFile(at("repository", name), "damaged");
  const repository = await reopened(at("repository"));
  await restoreBackup({ backup: newest, target: at("restored") }, { repository });
  await backUp(at("repository"), at("data"));
  const store = await openDirectoryStore(at("repository"));
  const { problems } = await verifyRepository({ store, repository: await reopened(at("repository")) });
  expect(problems).toEqual([{ object: name, reason: "unknown object", backups: [] }]);
});

it("BACKUP-3: only a run with the lock reads the packs of an interrupted or a running one", async () => {
  const store = await openDirectoryStore(at("repository"));
  const read: string[] = [];
  const counted: BlobStore = {
    ...store,
    get(name) {
      read.push(name);
      return store.get(name);
    },
  };
  await rm(at("repository", "indexes"), { recursive: true });
  const lost = await reopened(counted).catch((error: unknown) => error);
  expect(lost).toMatchObject({ code: "REPOSITORY_DAMAGED" });
  expect(read.filter((name) => name.startsWith("packs/"))).toEqual([]);
});
