import { mkdtemp, rm } from "node:fs/promises";
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
