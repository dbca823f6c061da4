import { mkdir, mkdtemp, readdir, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { openStore } from "@trellis/storage";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { mountSmallDisk } from "../testing/smallDisk.ts";
import { backUp, newRepository, reopened } from "../testing/testRepository.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const DISK_MIB = 8;
const CONTENTS = systemRandom.bytes(3 << 20);

const disk = await mkdtemp(join(tmpdir(), "trellis-disk-"));
const mounted = mountSmallDisk(disk, DISK_MIB);
let place: string;
const at = (...names: string[]): string => join(place, ...names);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-full-"));
});
beforeEach(async () => {
  await mkdir(at("data"), { recursive: true });
  await writeFile(at("data", "large"), CONTENTS);
});
afterEach(async () => {
  for (const folder of [disk, place])
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
});
afterAll(async () => {
  mounted?.unmount();
  for (const folder of [disk, place]) await rm(folder, { recursive: true });
});

/** Returns a function that frees the rest. */
async function fillDisk(freeBytes: number): Promise<() => Promise<void>> {
  const path = join(disk, "filler");
  const { bavail, bsize } = await statfs(disk);
  await writeFile(path, new Uint8Array(bavail * bsize - freeBytes));
  return () => rm(path);
}

// Only root may mount, and only a mounted file system is really full.
describe.skipIf(mounted === undefined)("a full disk", () => {
  it("REPOSITORY_UNAVAILABLE: of the repository, keeps former backups, and the next run works", async () => {
    const repository = join(disk, "repository");
    await newRepository(repository);
    await writeFile(at("data", "small"), "small");
    await rm(at("data", "large"));
    const former = await backUp(repository, at("data"));
    await writeFile(at("data", "large"), CONTENTS);
    const free = await fillDisk(1 << 20);
    await expect(backUp(repository, at("data"))).rejects.toMatchObject({
      code: "REPOSITORY_UNAVAILABLE",
      facts: { place: repository, reason: expect.stringContaining("ENOSPC") },
    });
    expect(await readdir(join(repository, "unfinished"))).toEqual([]);
    expect(await readdir(at("data"))).not.toContain(".backup");
    const store = await openDirectoryStore(repository);
    const opened = await reopened(repository);
    expect(await opened.listed()).toEqual([former.id]);
    expect((await verifyRepository({ store, repository: opened })).problems).toEqual([]);
    await free();
    await rm(join(repository, "locks"), { recursive: true, force: true });
    const made = await backUp(repository, at("data"));
    expect(await (await reopened(repository)).listed()).toEqual([former.id, made.id]);
  });

  it("STORE_UNAVAILABLE: of the data, where a chain store is copied, and leaves no copy", async () => {
    await newRepository(at("repository"));
    const data = join(disk, "data");
    const store = await openStore(join(data, "chain"), "lmdb");
    for (let key = 0; key < 8; key++)
      await store.write([{ kind: "put", key: Uint8Array.of(key), value: systemRandom.bytes(300_000) }]);
    const free = await fillDisk(1 << 20);
    await expect(backUp(at("repository"), data)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      facts: { directory: expect.stringContaining(disk) },
    });
    expect(await readdir(data)).not.toContain(".backup");
    expect(await (await reopened(at("repository"))).listed()).toEqual([]);
    await free();
    expect((await backUp(at("repository"), data)).parts[0]).toMatchObject({ kind: "lmdb", name: "chain" });
    await store.close();
  });

  it("RESTORE_FAILED: of the target, leaves nothing, and works with more space", async () => {
    await newRepository(at("repository"));
    await backUp(at("repository"), at("data"));
    const repository = await reopened(at("repository"));
    const [backup] = await repository.backups();
    const target = join(disk, "restored");
    const free = await fillDisk(1 << 20);
    await expect(restoreBackup({ backup: backup!, target }, { repository })).rejects.toMatchObject({
      code: "RESTORE_FAILED",
      facts: { target, reason: expect.stringContaining("ENOSPC") },
    });
    expect(await readdir(disk)).toEqual(["filler"]);
    await free();
    await restoreBackup({ backup: backup!, target }, { repository });
    expect(Buffer.compare(await readFile(join(target, "large")), CONTENTS)).toBe(0);
  });

  it("RESTORE_REFUSED: a mount point, because it cannot be renamed", async () => {
    await newRepository(at("repository"));
    await backUp(at("repository"), at("data"));
    const repository = await reopened(at("repository"));
    const [backup] = await repository.backups();
    await expect(restoreBackup({ backup: backup!, target: disk }, { repository })).rejects.toMatchObject({
      code: "RESTORE_REFUSED",
      facts: { reason: "it is a mount point: choose a path in it" },
    });
    expect(await readdir(disk)).toEqual([]);
  });
});
