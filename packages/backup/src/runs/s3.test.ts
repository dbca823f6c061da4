import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { BlobStore } from "../repository/BlobStore.ts";
import { Lock } from "../repository/Lock.ts";
import { PORTS } from "../testing/ports.ts";
import { S3Bench } from "../testing/S3Bench.ts";
import { backUp, locked, newRepository, reopened } from "../testing/testRepository.ts";
import { pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { runBackup } from "./runBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const PACK_BYTES = 16 << 20;
const LOCK_EXPIRED_MS = 130_000;
const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 };

const s3 = new S3Bench();
let folder: string;
let store: BlobStore;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-s3-"));
  await s3.start();
});
afterAll(async () => {
  await s3.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await rm(at("data"), { recursive: true, force: true });
  await mkdir(at("data"));
  store = await s3.open();
  await newRepository(store);
});

it("BACKUP-16: a repository in S3 is backed up to, verified, restored from and pruned", async () => {
  await writeFile(at("data", "large"), systemRandom.bytes(PACK_BYTES + 1));
  const first = await backUp(store, at("data"));
  await writeFile(at("data", "small"), "contents");
  const second = await backUp(store, at("data"));
  expect(second.addedBytes).toBeLessThan(PACK_BYTES / 8);
  const repository = await reopened(store);
  expect(await repository.listed()).toEqual([first.id, second.id].sort());
  expect(await verifyRepository({ store, repository })).toMatchObject({ backups: 2, problems: [] });
  await restoreBackup({ backup: second, target: at("restored") }, { repository });
  for (const name of ["large", "small"])
    expect(Buffer.compare(await readFile(at("restored", name)), await readFile(at("data", name)))).toBe(0);
  await rm(at("data", "large"));
  const third = await backUp(store, at("data"));
  const report = await locked(store, (ports) => pruneBackups(NONE, ports));
  expect(report).toEqual({ kept: [third.id], removed: [first.id, second.id].sort() });
  const { bytes, problems } = await verifyRepository({ store, repository: await reopened(store) });
  expect(problems).toEqual([]);
  expect(bytes).toBeLessThan(PACK_BYTES / 8);
});

it("BACKUP-16: a backup whose server dies is resumed with the packs that it has", async () => {
  await writeFile(at("data", "large"), systemRandom.bytes(2 * PACK_BYTES + (PACK_BYTES >> 2)));
  let packs = 0;
  const dying: BlobStore = {
    ...store,
    async put(name, bytes) {
      if (name.startsWith("packs/") && ++packs === 2) await s3.server.kill();
      await store.put(name, bytes);
    },
  };
  await expect(backUp(dying, at("data"))).rejects.toMatchObject({ code: "REPOSITORY_UNAVAILABLE" });
  await s3.server.restart();
  await expect(backUp(store, at("data"))).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
  const clock = { ...PORTS.clock, nowMs: () => Date.now() + LOCK_EXPIRED_MS };
  const ports = { ...PORTS, clock };
  const lock = await Lock.take("a test", { store, ...ports });
  const repository = await reopened(store);
  await repository.chunks.reuseUnlisted();
  const backup = await runBackup({ dataDir: at("data"), release: "0.1.0" }, { ...ports, repository, lock });
  await lock.release();
  expect(backup.addedBytes).toBeGreaterThan(PACK_BYTES);
  expect(backup.addedBytes).toBeLessThan(2 * PACK_BYTES);
  const { problems } = await verifyRepository({ store, repository: await reopened(store) });
  expect(problems).toEqual([]);
  await restoreBackup({ backup, target: at("resumed") }, { repository: await reopened(store) });
  expect(Buffer.compare(await readFile(at("resumed", "large")), await readFile(at("data", "large")))).toBe(0);
});
