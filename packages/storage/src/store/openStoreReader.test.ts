import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openStore, STORE_KINDS, type StoreKind, storeBytes } from "./openStore.ts";
import { openStoreReader } from "./openStoreReader.ts";

const THREAD = new URL("./testing/readerThread.ts", import.meta.url);
const MIB = 1 << 20;
const KEY = Uint8Array.of(1);
let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "trellis-readers-"));
});
afterAll(() => rm(root, { recursive: true }));

async function openBoth(kind: StoreKind) {
  const directory = await mkdtemp(join(root, "store-"));
  const store = await openStore(directory, kind, { isDurable: false });
  onTestFinished(() => store.close());
  const write = (size: number, key = KEY) =>
    store.write([{ kind: "put", key, value: new Uint8Array(size).fill(size & 255) }]);
  const start = () => new Worker(THREAD, { workerData: directory });
  const ask = async (thread: Worker, kind: string, key = KEY) => {
    thread.postMessage({ kind, key });
    const [size] = (await once(thread, "message")) as [number | undefined];
    return size;
  };
  return { store, directory, write, start, ask };
}

describe.each(STORE_KINDS)("STORE-9: a reader on another thread: %s", (kind) => {
  it("sees each resolved batch, also as the store grows", async () => {
    const { write, start, ask } = await openBoth(kind);
    const thread = start();
    onTestFinished(() => void thread.terminate());
    expect(await ask(thread, "get")).toBeUndefined();
    for (let size = 1; size <= 200; size++) {
      await write(size);
      expect(await ask(thread, "get")).toBe(size);
    }
    for (let part = 0; part < 20; part++) await write(MIB, Uint8Array.of(2, part));
    expect(await ask(thread, "get", Uint8Array.of(2, 19))).toBe(MIB);
  });

  it.each(["hold", "exit"])("frees its slot when its thread ends: %s", async (end) => {
    const { directory, write, start, ask } = await openBoth(kind);
    await write(MIB);
    for (let round = 0; round < 3; round++) {
      const thread = start();
      const ended = new Promise((resolve) => thread.once("exit", resolve));
      if (end === "hold") {
        await ask(thread, end);
        await thread.terminate();
      } else {
        thread.postMessage({ kind: end, key: KEY });
        await ended;
      }
    }
    // No view is open, so LMDB reuses pages.
    for (let round = 0; round < 40; round++) await write(MIB + round);
    if (kind === "lmdb") expect(storeBytes(directory) / MIB).toBeLessThan(12);
    const thread = start();
    onTestFinished(() => void thread.terminate());
    expect(await ask(thread, "get")).toBe(MIB + 39);
  });

  it("returns values and absences, beside the store", async () => {
    const { store, directory, write } = await openBoth(kind);
    await write(5);
    const reader = openStoreReader(directory);
    expect([reader.get(KEY)?.length, reader.has(KEY), reader.has(Uint8Array.of(9))]).toEqual([
      5,
      true,
      false,
    ]);
    await write(6);
    expect(store.get(KEY)).toHaveLength(6);
  });

  it("STORE_UNAVAILABLE: store not opened by the main thread", async () => {
    const directory = await mkdtemp(join(root, "store-"));
    if (kind === "rocksdb") await (await openStore(directory, kind)).close();
    expect(() => openStoreReader(join(directory, kind === "lmdb" ? "nowhere" : ""))).toThrow(
      expect.objectContaining({ code: "STORE_UNAVAILABLE" }),
    );
  });
});
