import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEnvelope } from "@trellis/platform/secrets";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlobStore } from "./BlobStore.ts";
import { openDirectoryStore } from "./openDirectoryStore.ts";
import { WalArchive } from "./WalArchive.ts";

const SEGMENT = "000000010000000000000001";
const SEGMENT_BYTES = 1 << 20;
const envelope = createEnvelope([systemRandom.bytes(32)], systemRandom);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-wal-archive-"));
});
afterEach(() => rm(folder, { recursive: true }));

function segment(systemId: string, fill: number): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_BYTES).fill(fill, 9_000);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xd113, true);
  view.setUint16(2, 0x0002, true);
  view.setUint32(4, 1, true);
  view.setBigUint64(8, BigInt(SEGMENT_BYTES), true);
  view.setBigUint64(24, BigInt(systemId), true);
  view.setUint32(32, SEGMENT_BYTES, true);
  view.setUint32(36, 8_192, true);
  return bytes;
}

/** Each push has seen that the blob is missing before one of them writes it. */
async function pushTogether(systemIds: readonly string[], fills: readonly number[]): Promise<unknown[]> {
  const directory = await openDirectoryStore(folder);
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let writing = 0;
  const store: BlobStore = {
    ...directory,
    async create(name, bytes) {
      if (++writing === systemIds.length) resolve();
      await all;
      return directory.create(name, bytes);
    },
  };
  const pushes = systemIds.map((systemId, index) =>
    new WalArchive(store, envelope).push(SEGMENT, segment(systemId, fills[index]!), systemId),
  );
  const outcomes = await Promise.allSettled(pushes);
  return outcomes.map((outcome) =>
    outcome.status === "fulfilled" ? "archived" : (outcome.reason as { code: string }).code,
  );
}

it("WAL_CONFLICT: two servers push other contents at the same time", async () => {
  const outcomes = await pushTogether(["1", "1"], [1, 2]);
  expect(outcomes.toSorted()).toEqual(["WAL_CONFLICT", "archived"]);
  const kept = await new WalArchive(await openDirectoryStore(folder), envelope).get("1", SEGMENT);
  expect(kept[9_000]).toBe(outcomes.indexOf("archived") + 1);
});

it("accepts identical contents that are pushed at the same time", async () => {
  expect(await pushTogether(["1", "1"], [1, 1])).toEqual(["archived", "archived"]);
});

it("WAL_FOREIGN: two clusters push first at the same time", async () => {
  const outcomes = await pushTogether(["1", "2"], [1, 1]);
  expect(outcomes.toSorted()).toEqual(["WAL_FOREIGN", "archived"]);
  const archive = new WalArchive(await openDirectoryStore(folder), envelope);
  expect(await archive.systemId()).toBe(String(outcomes.indexOf("archived") + 1));
});
