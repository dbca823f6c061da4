import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blobStoreSuite } from "../testing/blobStoreSuite.ts";
import { S3Bench } from "../testing/S3Bench.ts";
import { openDirectoryStore } from "./openDirectoryStore.ts";
import { isRepository, s3PlaceOf } from "./repositoryUrl.ts";

const s3 = new S3Bench();
let folder: string;
let stores = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-blobs-"));
  await s3.start();
});
afterAll(async () => {
  await s3.stop();
  await rm(folder, { recursive: true });
});

blobStoreSuite("directory", () => openDirectoryStore(join(folder, String(stores++))));
blobStoreSuite("S3", () => s3.open());

it("BACKUP-3: processes with equal numbers do not write into each other's blobs", async () => {
  const directory = join(folder, String(stores++));
  const values = Array.from({ length: 8 }, (_, index) => Buffer.alloc(4 << 20, index));
  const opened = await Promise.all(values.map(() => openDirectoryStore(directory)));
  await Promise.all(values.map((value, index) => opened[index]!.put(`packs/${index}`, value)));
  for (const [index, value] of values.entries())
    expect(value.equals((await opened[0]!.get(`packs/${index}`))!)).toBe(true);
  expect(await readdir(join(directory, "unfinished"))).toEqual([]);
});

it("removes what a killed process left, but nothing that another may still write", async () => {
  const directory = join(folder, String(stores++));
  await mkdir(join(directory, "unfinished"), { recursive: true });
  for (const name of ["old", "new"]) await writeFile(join(directory, "unfinished", name), "bytes");
  const oldS = Date.now() / 1_000 - 90_000;
  await utimes(join(directory, "unfinished", "old"), oldS, oldS);
  await (await openDirectoryStore(directory)).put("packs/a", Buffer.of(1));
  expect(await readdir(join(directory, "unfinished"))).toEqual(["new"]);
});

it("BACKUP-13: of simultaneous creations of a blob, one succeeds", async () => {
  const store = await openDirectoryStore(join(folder, String(stores++)));
  const created = await Promise.all(
    Array.from({ length: 8 }, (_, index) => store.create("wal/1/a", Buffer.of(index))),
  );
  expect(created.filter((isNew) => isNew)).toHaveLength(1);
  expect(await store.get("wal/1/a")).toEqual(new Uint8Array([created.indexOf(true)]));
  await store.put("wal/1/a", Buffer.of(9));
  expect(await store.create("wal/1/a", Buffer.of(8))).toBe(false);
});

it("BACKUP-16: reads the place of a repository", () => {
  expect(s3PlaceOf("s3://backups")).toEqual({ bucket: "backups", prefix: "" });
  expect(s3PlaceOf("s3://backups/")).toEqual({ bucket: "backups", prefix: "" });
  expect(s3PlaceOf("s3://my.backups/a/b-1.c/")).toEqual({ bucket: "my.backups", prefix: "a/b-1.c/" });
  for (const place of ["/backups", "backups", "./s3", "a:b", "C"])
    expect(isRepository(place), place).toBe(true);
  const malformed = [
    "",
    " x",
    "s3://",
    "s3:/b/c",
    "s3://UP/x",
    "s3://b",
    "s3://backups//x",
    "s3://backups/../x",
  ];
  for (const text of [...malformed, "https://host/x"]) expect(isRepository(text), text).toBe(false);
});
