import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openLmdbReader } from "./openLmdbReader.ts";
import { openLmdbStore, STORE_FILE } from "./openLmdbStore.ts";

const THREAD = new URL("./fixtures/readerThread.ts", import.meta.url);
const MIB = 1 << 20;
const KEY = Uint8Array.of(1);
let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "trellis-readers-"));
});
afterAll(() => rm(root, { recursive: true }));

async function openBoth() {
  const directory = await mkdtemp(join(root, "store-"));
  const store = await openLmdbStore(directory, { isDurable: false });
  onTestFinished(() => store.close());
  const write = (size: number, key = KEY) =>
    store.write([{ kind: "put", key, value: new Uint8Array(size).fill(size & 255) }]);
  const start = (options = {}) => new Worker(THREAD, { workerData: directory, ...options });
  const ask = async (thread: Worker, kind: string, key = KEY) => {
    thread.postMessage({ kind, key });
    const [size] = (await once(thread, "message")) as [number | undefined];
    return size;
  };
  const fileMib = async () => (await stat(join(directory, STORE_FILE))).size / MIB;
  return { store, directory, write, start, ask, fileMib };
}

describe("STORE-9: a reader on another thread", () => {
  it("sees each batch that is resolved, also as the store grows", async () => {
    const { write, start, ask } = await openBoth();
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

  it.each(["hold", "fill"])("gives its place back when it ends in the middle: %s", async (kind) => {
    const { write, start, ask, fileMib } = await openBoth();
    await write(MIB);
    for (let round = 0; round < 3; round++) {
      const thread = start({ resourceLimits: { maxOldGenerationSizeMb: 48 } });
      // Its death is no error here.
      thread.on("error", () => {});
      const ended = new Promise((resolve) => thread.once("exit", resolve));
      if (kind === "hold") {
        await ask(thread, kind);
        await thread.terminate();
      } else {
        thread.postMessage({ kind, key: KEY });
        await ended;
      }
    }
    // What a reader holds is not used again: the file would grow by each batch.
    for (let round = 0; round < 40; round++) await write(MIB + round);
    expect(await fileMib()).toBeLessThan(12);
  });

  it("outlives the store, and the store outlives it", async () => {
    const { store, directory, write } = await openBoth();
    await write(5);
    const reader = openLmdbReader(directory);
    expect([reader.get(KEY)?.length, reader.has(KEY), reader.has(Uint8Array.of(9))]).toEqual([
      5,
      true,
      false,
    ]);
    await reader.close();
    await write(6);
    expect(store.get(KEY)).toHaveLength(6);
  });

  it("STORE_UNAVAILABLE: there is no store", () =>
    expect(() => openLmdbReader(join(root, "nowhere"))).toThrow(
      expect.objectContaining({ code: "STORE_UNAVAILABLE" }),
    ));
});
