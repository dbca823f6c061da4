import { describe, expect, it } from "vitest";
import { createTransparencyLog } from "./createTransparencyLog.ts";
import { encodeEntry } from "./entry.ts";
import { EMPTY_ROOT, leafHash } from "./hashes.ts";
import type { LogStore } from "./LogStore.ts";
import { createMemoryLogStore } from "./testing/createMemoryLogStore.ts";
import { auditEntry } from "./testing/logStoreSuite.ts";
import { plainRoot } from "./testing/plainTree.ts";
import { verifyConsistency } from "./verifyConsistency.ts";
import { verifyInclusion } from "./verifyInclusion.ts";

async function logOf(count: number, store: LogStore = createMemoryLogStore()) {
  const log = createTransparencyLog({ store });
  await log.append(Array.from({ length: count }, (_, number) => auditEntry(number)));
  return log;
}

function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, number) => leafHash(encodeEntry(auditEntry(number))));
}

function counting(store: LogStore) {
  const counts = { tiles: 0, written: 0 };
  const counted: LogStore = {
    ...store,
    readTile: (level, index) => {
      counts.tiles++;
      return store.readTile(level, index);
    },
    commit: (batch) => {
      counts.written += batch.tiles.length;
      return store.commit(batch);
    },
  };
  return { counts, store: counted };
}

describe("transparency log", () => {
  it("roots of every size match the definition, for any batches", async () => {
    const log = createTransparencyLog({ store: createMemoryLogStore() });
    let number = 0;
    for (const step of [1, 2, 5, 0, 248, 1, 255, 1, 300])
      await log.append(Array.from({ length: step }, () => auditEntry(number++)));
    expect(await log.size()).toBe(813);
    expect(await log.root(0)).toEqual(EMPTY_ROOT);
    const all = leaves(813);
    for (let size = 0; size <= 813; size += size < 20 ? 1 : 61)
      expect(await log.root(size)).toEqual(plainRoot(all.slice(0, size)));
  });

  it("every inclusion proof of every small size verifies", async () => {
    const log = await logOf(40);
    const all = leaves(40);
    for (let size = 1; size <= 40; size++) {
      const root = await log.root(size);
      for (let index = 0; index < size; index++) {
        const proof = await log.inclusionProof(index, size);
        verifyInclusion({ leafHash: all[index] as Uint8Array, index, size, root, proof });
      }
    }
  });

  it("every consistency proof between small sizes verifies", async () => {
    const log = await logOf(40);
    for (let newSize = 1; newSize <= 40; newSize++) {
      for (let oldSize = 1; oldSize <= newSize; oldSize++) {
        const proof = await log.consistencyProof(oldSize, newSize);
        const [oldRoot, newRoot] = [await log.root(oldSize), await log.root(newSize)];
        verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof });
      }
    }
  });

  it("a proof reads one or two tiles per level, and a batch writes a 256th of its entries", async () => {
    const { counts, store } = counting(createMemoryLogStore());
    await logOf(70_000, store);
    expect(counts.written).toBe(274 + 2 + 1);
    counts.tiles = 0;
    const log = createTransparencyLog({ store });
    const [root, proof] = [await log.root(70_000), await log.inclusionProof(12_345, 70_000)];
    expect(counts.tiles).toBeLessThanOrEqual(8);
    const leaf = leafHash(encodeEntry(auditEntry(12_345)));
    verifyInclusion({ leafHash: leaf, index: 12_345, size: 70_000, root, proof });
    counts.tiles = 0;
    const path = await createTransparencyLog({ store }).consistencyProof(66_000, 70_000);
    expect(counts.tiles).toBeLessThanOrEqual(8);
    verifyConsistency({
      oldSize: 66_000,
      oldRoot: await log.root(66_000),
      newSize: 70_000,
      newRoot: root,
      proof: path,
    });
  });

  it("returns entries unchanged", async () => {
    const log = await logOf(5);
    expect(await log.entry(3)).toEqual(auditEntry(3));
    expect(await log.entries(1, 3)).toEqual([1, 2].map((number) => encodeEntry(auditEntry(number))));
  });

  it("LOG_SIZE_INVALID", async () => {
    const log = await logOf(5);
    const refused = [
      log.root(6),
      log.root(-1),
      log.root(1.5),
      log.entry(5),
      log.entries(3, 2),
      log.inclusionProof(4, 4),
      log.inclusionProof(0, 6),
      log.consistencyProof(3, 2),
      log.consistencyProof(1, 6),
    ];
    for (const promise of refused) await expect(promise).rejects.toMatchObject({ code: "LOG_SIZE_INVALID" });
  });

  it("LOG_SIZE_INVALID", async () => {
    const log = await logOf(5);
    await expect(log.consistencyProof(0, 5)).rejects.toMatchObject({
      code: "LOG_SIZE_INVALID",
      facts: expect.objectContaining({ reason: "consistency with an empty log proves nothing" }),
    });
    expect(await log.consistencyProof(0, 0)).toEqual([]);
  });

  it("LOG_APPEND_CONFLICT: another writer was faster", async () => {
    const store = createMemoryLogStore();
    const late: LogStore = { ...store, size: async () => 0 };
    await logOf(3, store);
    await expect(createTransparencyLog({ store: late }).append([auditEntry(9)])).rejects.toMatchObject({
      code: "LOG_APPEND_CONFLICT",
    });
  });

  it("LOG_TILE_DAMAGED: a tile is missing or short, or an entry is missing", async () => {
    const store = createMemoryLogStore();
    await logOf(300, store);
    const without: LogStore = { ...store, readTile: async () => undefined, readEntries: async () => [] };
    const short: LogStore = { ...store, readTile: async () => new Uint8Array(32) };
    for (const damaged of [without, short]) {
      const log = createTransparencyLog({ store: damaged });
      await expect(log.root(300)).rejects.toMatchObject({ code: "LOG_TILE_DAMAGED" });
      await expect(log.append([auditEntry(1)])).rejects.toMatchObject({ code: "LOG_TILE_DAMAGED" });
    }
    await expect(createTransparencyLog({ store: without }).entry(2)).rejects.toMatchObject({
      code: "LOG_TILE_DAMAGED",
    });
  });
});
